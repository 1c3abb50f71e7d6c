import { Command, Option } from 'commander';
import { LifelongError } from '../../core/errors.js';
import { print } from '../output.js';

interface SetupFlags {
  readonly check?: true;
  readonly from: 'auto' | 'upstream' | 'wheel';
  readonly wheel?: string;
  readonly force?: true;
}

export function setupCommand(): Command {
  return new Command('setup')
    .description('make the native TensorFlow backend work, or say what is missing')
    .option('--check', 'only look')
    .addOption(new Option('--from <way>', 'how to install').choices(['auto', 'upstream', 'wheel']).default('auto'))
    .option('--wheel <file>', 'a tensorflow-cpu wheel that is on disk already')
    .option('--force', 'install again what works')
    .action(async (flags: SetupFlags) => {
      const { setup } = await import('../../setup/setup.mjs');
      const { ok, text } = await setup(flags);
      if (!ok) throw new LifelongError('backend', text);
      print(text);
    });
}
