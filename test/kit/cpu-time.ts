/** Milliseconds of CPU that `task` takes in this process. What else the machine does meanwhile is not in it. */
export function cpuTimeOf(task: () => unknown): number {
  const began = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}
