import { Command, Option } from 'commander';
import { number } from '../options.js';
import { print, printJson } from '../output.js';

interface CompressFlags {
  readonly output: string;
  readonly prune: number;
  readonly bits: '8' | '32';
  readonly force?: true;
  readonly json?: true;
}

export function compressCommand(): Command {
  return new Command('compress')
    .description('write the weights of a backbone as a smaller file: its smallest numbers left out, the others as integers of 8 bits')
    .argument('<backbone>', 'as run --backbone has it: minilm, resnet18:FILE')
    .requiredOption('-o, --output <file>', 'new file; it is a backbone by NAME:FILE')
    .option(
      '--prune <share>',
      'share of the numbers of all arrays with two axes or more that becomes 0; of the table of words more than of others',
      number,
      0.5,
    )
    .addOption(new Option('--bits <bits>', 'of each number that is left').choices(['8', '32']).default('8'))
    .option('--force', 'replace a file that is there')
    .option('--json', 'print what it came to as JSON')
    .action(async (backbone: string, { output, prune, bits, force, json }: CompressFlags) => {
      const { compressBackbone } = await import('../../backbones/compress-backbone.js');
      const found = await compressBackbone(backbone, output, { prune, bits: bits === '32' ? 32 : 8, force: force === true });
      if (json) printJson(found);
      else
        print(
          `${output}: ${found.compressedBytes} bytes of ${found.bytes}, ${found.numbers} numbers; run --backbone ${found.backbone}:${output}`,
        );
    });
}
