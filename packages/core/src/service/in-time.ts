/** 'timeout' where `work` takes longer than so many milliseconds; it goes on then, and nobody waits for it. */
export async function inTime(work: Promise<unknown>, milliseconds: number): Promise<'ok' | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'timeout'>((resolve) => { timer = setTimeout(resolve, milliseconds, 'timeout'); });
  try {
    return await Promise.race([work.then(() => 'ok' as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
