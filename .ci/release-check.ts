import { fileURLToPath } from 'node:url';
import { buildAndAsk, dockerfileIn } from './image.js';
import { checkOperations } from './operations-check.js';
import { pack, problems, versionOfLerna } from './release.js';

const packages = pack();
for (const { manifest, files, size } of packages) console.log(`${manifest.name} ${manifest.version}: ${files.length} files, ${Math.ceil(size / 1024)} KiB`);
const root = fileURLToPath(new URL('..', import.meta.url));
await buildAndAsk(root, dockerfileIn(root));
console.log('The steps of examples/operations/Dockerfile make a server that is healthy.');
await checkOperations();
const wrong = problems(packages, versionOfLerna());
for (const problem of wrong) console.error(problem);
if (wrong.length > 0) process.exitCode = 1;
else console.log('Nothing was published. Ready for a release.');
