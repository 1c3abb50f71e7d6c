// Part of the build: the set-up is plain JavaScript, so it is copied beside what the compiler writes.
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './place.mjs';

const [from, to] = [join(root, 'src/setup'), join(root, 'dist/setup')];
mkdirSync(to, { recursive: true });
for (const name of readdirSync(from)) {
  if (name.endsWith('.mjs') && name !== 'copy.mjs') copyFileSync(join(from, name), join(to, name));
}
