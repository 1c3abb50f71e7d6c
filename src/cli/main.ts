#!/usr/bin/env node
import { exitCodeOf, reportFailure } from './failure.js';
import { quietPipes } from './output.js';
import { program } from './program.js';

process.noDeprecation = true;
quietPipes();

try {
  await program().parseAsync();
} catch (error) {
  reportFailure(error);
  process.exitCode = exitCodeOf(error);
}
