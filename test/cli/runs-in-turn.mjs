// The child process of runs-in-turn.ts: runs the command for each list of arguments that it is sent, until one is empty. A NUL, which the command never prints, ends what a run printed.
import { main } from '../../packages/cli/dist/main.js';

// `serve` gives its process half a second to end by itself. This one has more to do, and then ends by itself or not at all.
process.exit = () => undefined;

process.on('message', async (args) => {
  if (args.length === 0) return process.disconnect();
  const code = await main(args);
  process.stdout.write(`\0${code}\0`);
  process.stderr.write('\0');
});
