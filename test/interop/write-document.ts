/** `npm run interop`: runs the matrix and writes docs/interop.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../lab/repository.js';
import { interopDocument } from './matrix/document.js';
import { runMatrixWithAll } from './matrix/run.js';

const held = await runMatrixWithAll((text) => process.stdout.write(`${text}\n`));
writeFileSync(join(repositoryRoot, 'docs', 'interop.md'), interopDocument(held, true));
