import { Command } from 'commander';
import { deliver, styleFor } from '../deliver.js';
import { tell } from '../output.js';

interface PlanFlags {
  readonly tech: string;
  readonly json?: true;
  readonly output?: string;
}

export function planCommand(): Command {
  return new Command('plan')
    .description('bytes, energy and area of a run on a backbone, by the memories that its numbers may lie in')
    .argument('<run>', 'run folder')
    .requiredOption(
      '--tech <file>',
      'constants of the memories, YAML or JSON; docs/examples/technology.yaml is one, with illustrative ones',
    )
    .option('--json', 'the plan as JSON')
    .option('-o, --output <file>', 'write to a file instead of stdout')
    .action(async (run: string, { tech, json, output }: PlanFlags) => {
      const [{ readTechnology }, { runNumbers }, { placements }, { renderPlan, renderPlanJson }] = await Promise.all([
        import('../../plan/technology.js'),
        import('../../plan/run-numbers.js'),
        import('../../plan/placements.js'),
        import('../../plan/render-plan.js'),
      ]);
      const technology = await readTechnology(tech);
      const numbers = await runNumbers(run, tell);
      const plan = { run, file: tech, technology, numbers, placements: placements(numbers, technology) };
      await deliver(json ? renderPlanJson(plan) : renderPlan(plan, styleFor(output).width), output);
    });
}
