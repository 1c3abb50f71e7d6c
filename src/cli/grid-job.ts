/** A command line in a process of its own, for a grid: it says how it failed in a message, and ends with the process that started it. */
import { LifelongError } from '../core/errors.js';
import { exitCodeOf, reportFailure } from './failure.js';
import { quietPipes } from './output.js';
import { program } from './program.js';

process.noDeprecation = true;
quietPipes();
process.on('disconnect', () => process.exit());

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
  if (error instanceof LifelongError) process.send?.({ code: error.code, message: error.message, hint: error.hint });
  else reportFailure(error);
}
process.disconnect();
