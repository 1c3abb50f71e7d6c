import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { needing } from '../support/needing.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'lifelong-setup-test-'));
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/** A package root with our set-up in it and, where `backend` says so, tfjs-node as npm leaves it: without its native part. */
function makeRoot(name: string, { backend }: { backend: boolean }): string {
  const folder = join(work, name);
  mkdirSync(join(folder, 'node_modules/@tensorflow'), { recursive: true });
  cpSync(join(root, 'src/setup'), join(folder, 'src/setup'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "name": "trial", "type": "module" }');
  if (!backend) return folder;
  const tfjs = join(folder, 'node_modules/@tensorflow/tfjs-node');
  mkdirSync(join(tfjs, 'scripts'), { recursive: true });
  writeFileSync(join(tfjs, 'package.json'), '{ "name": "@tensorflow/tfjs-node", "version": "4.22.0", "main": "index.js" }');
  writeFileSync(join(tfjs, 'index.js'), "throw new Error('no native part');");
  return folder;
}

/** A PATH on which there is Node and nothing else. */
function bareEnvironment(): Record<string, string> {
  const programs = join(work, 'programs');
  if (!existsSync(programs)) {
    mkdirSync(programs);
    symlinkSync(process.execPath, join(programs, 'node'));
  }
  return { PATH: programs, XDG_CACHE_HOME: join(work, 'cache'), TMPDIR: work, TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9/' };
}

function setup(folder: string, args: string[] = [], env: Record<string, string> = bareEnvironment()) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'src/setup/setup.mjs'), ...args], { env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

describe('this clone', () => {
  it('is set up, and a warm set-up takes less than a second', () => {
    let fastest = Infinity;
    for (let i = 0; i < 5 && fastest >= 1000; i++) {
      const started = performance.now();
      const { code, stdout } = setup(root, [], process.env as Record<string, string>);
      fastest = Math.min(fastest, performance.now() - started);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^native backend works: tfjs 4\.22\.0/) as string });
    }
    expect(fastest).toBeLessThan(1000);
  });
});

const wheels = { what: 'linux on x64, for which there are wheels', there: `${process.platform} ${process.arch}` === 'linux x64' };
const answers = (program: string, ...args: string[]) => spawnSync(program, args).status === 0;
const python = {
  what: 'python3 with pip on PATH',
  there: [process.env['PYTHON'] ?? 'python3', 'python'].some((name) => answers(name, '-m', 'pip', '--version')),
};
const compiler = { what: 'g++ on PATH', there: answers(process.env['CXX'] ?? 'g++', '--version') };

needing(wheels).describe('without compiler and Python', () => {
  it('is one message with what is missing and the ways out', () => {
    const { code, stdout, stderr } = setup(makeRoot('bare', { backend: true }));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('http://127.0.0.1:9/ cannot be reached');
    expect(stderr).toContain('no python3 with pip on PATH, no C++ compiler on PATH (g++)');
    expect(stderr).toContain('Ways out:');
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('--check only looks', () => {
    const { code, stderr } = setup(makeRoot('looked-at', { backend: true }), ['--check']);
    expect(code).toBe(1);
    expect(stderr).toContain('no native part');
    expect(existsSync(join(work, 'cache'))).toBe(false);
  });

  needing(python, compiler).it('a wheel that is not the right one is refused', () => {
    const folder = makeRoot('wheel', { backend: true });
    const wheel = join(work, 'other.whl');
    writeFileSync(wheel, 'something else');
    const env = { ...process.env, XDG_CACHE_HOME: join(work, 'wheel-cache'), TMPDIR: work } as Record<string, string>;
    const { code, stderr } = setup(folder, ['--wheel', wheel], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/other\.whl: sha256 54660c07\w+ expected, found/);
  });
});

it('without npm the packages cannot be installed, and that is said', () => {
  const folder = makeRoot('no-npm', { backend: false });
  writeFileSync(join(folder, 'package-lock.json'), '{ "packages": { "node_modules/left-out": { "version": "1.0.0" } } }');
  const { code, stderr } = setup(folder);
  expect(code).toBe(1);
  expect(stderr).toMatch(/npm could not install the packages \(.*ENOENT/);
});

it('wrong arguments are named', () => {
  expect(setup(root, ['--form', 'wheel'])).toMatchObject({ code: 2, stderr: expect.stringContaining("'--form'") as string });
  expect(setup(root, ['--from', 'weel'])).toMatchObject({ code: 2, stderr: expect.stringContaining('found weel') as string });
});

describe('arePackagesInstalled', () => {
  const folder = makeRoot('packages', { backend: false });
  const script = "import { arePackagesInstalled } from './src/setup/packages.mjs'; console.log(arePackagesInstalled());";
  const answer = () => spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, encoding: 'utf8' }).stdout.trim();
  const lock = (path: string, packages: object) => {
    writeFileSync(join(folder, path), JSON.stringify({ packages: { '': {}, ...packages } }));
  };

  it('compares what npm put there with what the lock file asks for', () => {
    expect(answer()).toBe('true'); // no lock file: an installed package, not a clone
    const wanted = { 'node_modules/a': { version: '1.0.0', integrity: 'x' }, 'node_modules/b': { version: '2.0.0', optional: true } };
    lock('package-lock.json', wanted);
    expect(answer()).toBe('false'); // nothing installed
    mkdirSync(join(folder, 'node_modules/a'));
    lock('node_modules/.package-lock.json', { 'node_modules/a': wanted['node_modules/a'] });
    expect(answer()).toBe('true'); // an optional package may be absent
    lock('package-lock.json', { ...wanted, 'node_modules/a': { version: '1.0.1', integrity: 'y' } });
    expect(answer()).toBe('false'); // the lock file has moved on
    lock('package-lock.json', wanted);
    rmSync(join(folder, 'node_modules/a'), { recursive: true });
    expect(answer()).toBe('false'); // removed by hand
  });
});

describe('withLock', () => {
  const lockFile = join(work, `lifelong-setup-${process.getuid?.() ?? 'user'}.lock`);
  const script = (milliseconds: number) => `
    import { withLock } from ${JSON.stringify(join(root, 'src/setup/lock.mjs'))};
    await withLock(async () => {
      console.log('in', Date.now());
      await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
      console.log('out', Date.now());
    });`;
  const start = (milliseconds: number) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script(milliseconds)], { env: { ...process.env, TMPDIR: work } });
    let text = '';
    child.stdout.on('data', (part: Buffer) => (text += part.toString()));
    return new Promise<string>((resolve) => child.on('close', () => resolve(text)));
  };

  it('lets one process in at a time', async () => {
    const texts = await Promise.all([start(150), start(150), start(150)]);
    const spans = texts.map((text) => [...text.matchAll(/\d+/g)].map(Number)).sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    expect(spans.map((span) => span.length)).toEqual([2, 2, 2]);
    for (const [i, span] of spans.entries()) if (i > 0) expect(span[0]).toBeGreaterThanOrEqual(spans[i - 1]?.[1] ?? Infinity);
  });

  it('takes over the lock of a process that has died', async () => {
    const dead = spawnSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(lockFile, dead);
    expect(await start(1)).toMatch(/in \d+\nout \d+/);
    expect(existsSync(lockFile)).toBe(false);
  });
});

describe('what libtensorflow is loaded with', () => {
  const folder = makeRoot('native', { backend: true });
  mkdirSync(join(folder, 'node_modules/@tensorflow/tfjs-node/lib'));
  const program = `
    import { env } from 'node:process';
    import { oneDnnSetting, otherRelease, prepareNative } from './src/setup/native.mjs';
    prepareNative();
    const { TF_ENABLE_ONEDNN_OPTS: setting = null, TF_CPP_MIN_LOG_LEVEL: level } = env;
    console.log(JSON.stringify({ setting, level, asked: oneDnnSetting() ?? null, other: [otherRelease('2.15.1') ?? null, otherRelease('2.9.3')] }));`;
  const measured = (of: { on: number | null; off: number | null; cpu?: string }) => {
    const record = { libtensorflow: '2.15.1', cpu: cpus()[0]?.model ?? '', ...of };
    writeFileSync(join(folder, 'node_modules/@tensorflow/tfjs-node/lib/lifelong-onednn.json'), JSON.stringify(record));
  };
  const prepared = (env: Record<string, string> = {}) => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: '', ...env },
    });
    return JSON.parse(stdout) as { setting: string | null; level: string; asked: boolean | null; other: (string | null)[] };
  };

  it('is oneDNN only where it was measured to gain on this processor', () => {
    expect(prepared().setting).toBeNull();
    measured({ on: 50, off: 100 });
    expect(prepared()).toMatchObject({ setting: '1', asked: true });
    measured({ on: 99, off: 100 });
    expect(prepared()).toMatchObject({ setting: null, asked: null });
    measured({ on: 50, off: 100, cpu: 'another one' });
    expect(prepared().setting).toBeNull();
    measured({ on: null, off: 100 });
    expect(prepared().setting).toBeNull();
  });

  it('is what the user has set, nonsense left to TensorFlow', () => {
    measured({ on: 50, off: 100 });
    expect(prepared({ TF_ENABLE_ONEDNN_OPTS: '0' })).toMatchObject({ setting: '0', asked: false });
    expect(prepared({ TF_ENABLE_ONEDNN_OPTS: 'TRUE' })).toMatchObject({ setting: 'TRUE', asked: true });
    expect(prepared({ TF_ENABLE_ONEDNN_OPTS: 'perhaps' })).toMatchObject({ setting: 'perhaps', asked: null });
  });

  it('is silence but for errors, unless asked for', () => {
    expect(prepared().level).toBe('2');
    expect(prepared({ TF_CPP_MIN_LOG_LEVEL: '0' }).level).toBe('0');
  });

  it('another release is named beside the expected one', () => {
    const [same, other] = prepared().other;
    expect(same).toBeNull();
    expect(other).toMatch(/^libtensorflow 2\.15 expected, found 2\.9\.3: .*lifelong setup --force --from wheel/);
  });
});
