#!/usr/bin/env node
import { exitCodeOf, reportFailure } from './failure.js';
import { quietPipes } from './output.js';
import { program } from './program.js';

process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // TensorFlow's banner; read when the native library loads
process.noDeprecation = true;
quietPipes();

try {
  await program().parseAsync();
} catch (error) {
  reportFailure(error);
  process.exitCode = exitCodeOf(error);
}
