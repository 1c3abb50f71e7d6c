import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files in a section of a page in docs: code blocks whose first line is a comment with the file's name. */
export function filesIn(page: string, heading: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/${page}: section "${heading}" expected`);
  const blocks = [...section.matchAll(/^```\w+\n(?:\/\/|#) (\S+\.\w+)\n([\s\S]*?)^```$/gm)];
  return new Map(blocks.map(([, name = '', content = '']) => [name, content]));
}

/** Makes a folder a project of a user: these files, and the built library with what it depends on as installed packages. */
export function writeProject(folder: string, files: ReadonlyMap<string, string>): void {
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'lifelong'));
  for (const name of ['rxjs', 'zod']) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  for (const [name, content] of files) writeFileSync(join(folder, name), content);
}

/** Runs a program of the project with node; what it printed. */
export function runProgram(folder: string, program: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return stdout;
}
