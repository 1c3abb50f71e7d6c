import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { run, say } from './command.mjs';
import { hasLibtensorflow, installLibtensorflow, libtensorflowFolder } from './libtensorflow.mjs';
import { fromRoot, tfjsFolder } from './place.mjs';

/**
 * libtensorflow out of the PyPI wheel tensorflow-cpu, and tfjs-node's binding compiled against it. Both are cached outside the clone, so that
 * only the first set-up of a user downloads and compiles.
 *
 * @param {{ wheel?: string, force?: boolean }} options
 */
export async function installFromWheel({ wheel, force = false }) {
  if (`${process.platform} ${process.arch}` !== 'linux x64') {
    throw new Error(`the binding can be compiled on linux x64 only, this is ${process.platform} ${process.arch}`);
  }
  const binding = join(libtensorflowFolder, `tfjs_binding-${fromRoot('@tensorflow/tfjs-node/package.json').version}.node`);
  const libraryMissing = !hasLibtensorflow();
  const bindingMissing = libraryMissing || force || !existsSync(binding);
  const python = libraryMissing ? findPython() : undefined;
  const compiler = bindingMissing ? findCompiler() : undefined;
  const missing = [];
  if (libraryMissing && python === undefined) missing.push('no python3 with pip on PATH');
  if (bindingMissing && compiler === undefined) missing.push(`no C++ compiler on PATH (${compilerName()})`);
  if (missing.length > 0) throw new Error(missing.join(', '));

  if (libraryMissing) await installLibtensorflow(python, wheel);
  if (bindingMissing) compile(compiler, binding);
  const place = createRequire(join(tfjsFolder(), 'package.json'))('@mapbox/node-pre-gyp').find(join(tfjsFolder(), 'package.json'));
  mkdirSync(dirname(place), { recursive: true });
  copyFileSync(binding, `${place}.${process.pid}`);
  renameSync(`${place}.${process.pid}`, place);
}

function compile(compiler, binding) {
  say('compiling the binding');
  const tensorflow = join(libtensorflowFolder, 'tensorflow');
  const part = `${binding}.${process.pid}`;
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(tfjsFolder(), 'binding', name));
  const includes = [join(tensorflow, 'include'), fromRoot('node-api-headers').include_dir, tfjsFolder()].flatMap((path) => ['-I', path]);
  const libraries = ['-L', tensorflow, '-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', `-Wl,-rpath,${tensorflow}`];
  const flags = ['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'];
  if (!run(compiler, [...flags, ...includes, ...sources, ...libraries, '-o', part]).ok) {
    throw new Error('the binding did not compile, output above');
  }
  renameSync(part, binding);
}

function findPython() {
  const names = [process.env.PYTHON, 'python3', 'python'];
  return names.find((name) => name && run(name, ['-m', 'pip', '--version'], { quiet: true }).ok);
}

function compilerName() {
  return process.env.CXX || 'g++';
}

function findCompiler() {
  return run(compilerName(), ['--version'], { quiet: true }).ok ? compilerName() : undefined;
}
