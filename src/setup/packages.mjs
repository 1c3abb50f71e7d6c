import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, say } from './command.mjs';
import { root } from './place.mjs';

/**
 * True when `node_modules` holds what package-lock.json asks for, by npm's own record of what it put there. Packages for other platforms may
 * be absent. An installed package has no package-lock.json: whoever installed it has seen to its dependencies.
 */
export function arePackagesInstalled() {
  const wanted = readPackages('package-lock.json');
  if (wanted === undefined) return true;
  const found = readPackages('node_modules/.package-lock.json');
  if (found === undefined) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const there = found[path];
    if (there === undefined) return optional === true;
    return there.version === version && there.integrity === integrity && existsSync(join(root, path));
  });
}

/** Installs the locked packages without running their scripts. */
export function installPackages() {
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  say(`npm ${args.join(' ')}`);
  const { ok, text } = npm?.endsWith('.js') ? run(process.execPath, [npm, ...args], { cwd: root }) : run('npm', args, { cwd: root });
  if (!ok)
    throw new Error(`npm could not install the packages (${text || 'its output is above'}); mend that and run the same command again`);
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
}
