import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a finished program left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project of somebody who has installed the package. */
export interface Project {
  readonly folder: string;
  /** Paths in the package, as packed. */
  readonly packed: readonly string[];
  /** Runs Node in the project's folder. */
  node(...args: readonly string[]): Finished;
  /** The project's own compiler. */
  readonly compiler: string;
}

/** What the project has besides the package: a compiler, and types of Node. */
const own = ['typescript', '@types/node'];

interface PackageLock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/**
 * Packs what is built, and unpacks it into a new project, beside which stand the packages that `npm install` would bring: `dependencies`, theirs,
 * and no devDependencies. These are links into this clone, so that it takes no network; programs that are run in the project do not follow
 * the links when they look for further packages, so they find what the project has and nothing else of the clone.
 */
export function installPackage(folder: string): Project {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('dist/index.js is missing: npm run build');
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'lifelong'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }));

  const pack = npm('pack', '--json', '--ignore-scripts', '--pack-destination', folder);
  const [packed] = JSON.parse(pack) as [{ filename: string; files: { path: string }[] }];
  finish('tar', ['-xzf', packed.filename, '--strip-components', '1', '-C', 'node_modules/lifelong'], folder);

  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as PackageLock;
  const brought = Object.keys(packages).filter((path) => path.lastIndexOf('node_modules/') === 0 && packages[path]?.dev !== true);
  for (const path of new Set([...brought, ...own.map((name) => `node_modules/${name}`)])) {
    // Of the builds for other platforms npm installs none.
    if (!existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    symlinkSync(join(root, path), join(folder, path), 'junction');
  }
  return {
    folder,
    packed: packed.files.map(({ path }) => path),
    compiler: join(modules, 'typescript/bin/tsc'),
    node(...args) {
      const links = ['--preserve-symlinks', '--preserve-symlinks-main'];
      const { status, stdout, stderr } = spawnSync(process.execPath, [...links, ...args], { cwd: folder, encoding: 'utf8' });
      return { code: status, stdout, stderr };
    },
  };
}

function npm(...args: readonly string[]): string {
  return finish('npm', args, root);
}

function finish(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status ?? 'no code'}: ${stderr}`);
  return stdout;
}
