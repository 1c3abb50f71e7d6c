import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../src/setup/place.mjs';

const windows = process.platform === 'win32';
const platformPackage = `node-${windows ? 'win' : process.platform}-${process.arch}`;
const program = windows ? 'bin/node.exe' : 'bin/node';

/**
 * Path of a Node of this major version: the running one, or npm's package of it, fetched once for each user; undefined without network.
 *
 * @param wanted a major version, or `latest` for the newest release
 */
export function nodeBinary(wanted: string): string | undefined {
  const major = wanted === 'latest' ? npm(['view', platformPackage, 'dist-tags.latest'])?.split('.')[0] : wanted;
  if (major === undefined) return undefined;
  if (major === process.versions.node.split('.')[0]) return process.execPath;
  const nodes = join(cacheFolder(), 'nodes');
  const folder = join(nodes, `${platformPackage}-${major}`);
  if (!existsSync(folder)) fetchNode(major, nodes, folder);
  const path = join(folder, program);
  return spawnSync(path, ['--version']).status === 0 ? path : undefined;
}

/** The folder appears under its name only when it is whole. */
function fetchNode(major: string, nodes: string, folder: string): void {
  mkdirSync(nodes, { recursive: true });
  const work = mkdtempSync(`${folder}.tmp-`);
  try {
    if (npm(['pack', `${platformPackage}@${major}`, '--pack-destination', work]) === undefined) return;
    const archive = readdirSync(work).find((name) => name.endsWith('.tgz')) ?? '';
    if (spawnSync('tar', ['-xzf', archive], { cwd: work }).status === 0) renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What npm prints, undefined where it fails or prints nothing. */
function npm(args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('npm', [...args, '--silent'], { encoding: 'utf8', shell: windows, timeout: 50_000 });
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}
