import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

export const root = resolve(import.meta.dirname, '../..');

/** Compiles the TypeScript and copies the JavaScript of these folders of the clone, so that plain node runs it. */
export function compileSources(folders: readonly string[], out: string): void {
  for (const folder of folders) {
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.d.mts') || name.endsWith('.test.ts') || !/\.m?[jt]s$/.test(name)) continue;
      const target = join(out, folder, name.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, compiled(readFileSync(join(root, folder, name), 'utf8'), name));
    }
  }
}

function compiled(text: string, fileName: string): string {
  const compilerOptions = { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(text, { compilerOptions, fileName }).outputText;
}
