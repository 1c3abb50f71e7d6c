// Part of the build: the set-up is plain JavaScript, so it is copied beside what the compiler writes; and what was compiled from a file that is
// gone goes too, so that a package holds nothing old.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './place.mjs';

const [from, to] = [join(root, 'src'), join(root, 'dist')];
mkdirSync(join(to, 'setup'), { recursive: true });
for (const name of readdirSync(join(from, 'setup'))) {
  if (name.endsWith('.mjs') && name !== 'copy.mjs') copyFileSync(join(from, 'setup', name), join(to, 'setup', name));
}

for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
  const compiled = join(entry.parentPath, entry.name);
  const source = compiled.replace(to, from);
  const stem = source.replace(/(\.d\.ts|\.js)(\.map)?$/, '');
  const isStale = entry.isDirectory() ? !existsSync(source) : stem !== source && !existsSync(`${stem}.ts`);
  if (isStale) rmSync(compiled, { recursive: true, force: true });
}
