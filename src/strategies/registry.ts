import type { z } from 'zod';
import { LifelongError, nearestName } from '../core/errors.js';
import type { JsonObject } from '../core/json.js';
import { derppOptionsSchema } from './derpp/options.js';
import { erOptionsSchema } from './er/options.js';
import { ewcOptionsSchema } from './ewc/options.js';
import { finetuneOptionsSchema } from './finetune/options.js';
import { hatOptionsSchema } from './hat/options.js';
import { independentOptionsSchema } from './independent/options.js';
import { jointOptionsSchema } from './joint/options.js';
import { lwfOptionsSchema } from './lwf/options.js';
import { masOptionsSchema } from './mas/options.js';
import { ncmOptionsSchema } from './ncm/options.js';
import { onlineEwcOptionsSchema } from './online-ewc/options.js';
import { packnetOptionsSchema } from './packnet/options.js';
import { parOptionsSchema } from './par/options.js';
import { probeOptionsSchema } from './probe/options.js';
import { ranpacOptionsSchema } from './ranpac/options.js';
import { siOptionsSchema } from './si/options.js';
import { sldaOptionsSchema } from './slda/options.js';
import type { Strategy } from './strategy.js';

/** A method that runs made with it find by its name. */
export interface StrategyPlugin {
  readonly name: string;
  /** Schema of its options, with a default and a description for each. */
  readonly options: z.ZodObject;
  /** @param options as a run keeps them */
  create(options: Readonly<Record<string, unknown>>): Strategy | Promise<Strategy>;
}

/** A method that can be chosen by name. */
export interface StrategyEntry extends StrategyPlugin {
  readonly description: string;
  /** Whether it answers among the classes of all tasks: an example's task need not be told. */
  readonly allClasses?: true;
  create(options: JsonObject): Promise<Strategy>;
}

/** Every strategy that comes with the library. Listing them needs no native backend; creating one does. */
export const strategies: readonly StrategyEntry[] = [
  {
    name: 'par',
    description: 'PAR: regularize inside an expert, copy an architecture or search one, by how hard the task is for what is known',
    options: parOptionsSchema,
    create: async (options) => (await import('./par/par.js')).par(options),
  },
  {
    name: 'finetune',
    description: 'one network learns task after task, and nothing is done against forgetting: the lower bound',
    options: finetuneOptionsSchema,
    create: async (options) => (await import('./finetune/finetune.js')).finetune(options),
  },
  {
    name: 'independent',
    description: 'a network of its own for every task: nothing forgotten, nothing shared',
    options: independentOptionsSchema,
    create: async (options) => (await import('./independent/independent.js')).independent(options),
  },
  {
    name: 'joint',
    description: 'one network learns all tasks so far together, old data included: the upper bound',
    options: jointOptionsSchema,
    create: async (options) => (await import('./joint/joint.js')).joint(options),
  },
  {
    name: 'ewc',
    description: 'elastic weight consolidation: weights that the Fisher information calls important are held where they were',
    options: ewcOptionsSchema,
    create: async (options) => (await import('./ewc/ewc.js')).ewc(options),
  },
  {
    name: 'online-ewc',
    description: 'elastic weight consolidation with one importance that fades from task to task',
    options: onlineEwcOptionsSchema,
    create: async (options) => (await import('./online-ewc/online-ewc.js')).onlineEwc(options),
  },
  {
    name: 'si',
    description: 'synaptic intelligence: weights that brought the loss down while they were trained are held where they were',
    options: siOptionsSchema,
    create: async (options) => (await import('./si/si.js')).si(options),
  },
  {
    name: 'mas',
    description: 'memory aware synapses: weights that the logits depend on are held where they were',
    options: masOptionsSchema,
    create: async (options) => (await import('./mas/mas.js')).mas(options),
  },
  {
    name: 'lwf',
    description: 'learning without forgetting: the old heads keep their logits for the new examples',
    options: lwfOptionsSchema,
    create: async (options) => (await import('./lwf/lwf.js')).lwf(options),
  },
  {
    name: 'er',
    description: 'experience replay: some old examples are kept and trained on along with the new',
    options: erOptionsSchema,
    create: async (options) => (await import('./er/er.js')).er(options),
  },
  {
    name: 'derpp',
    description: 'dark experience replay++: old examples are kept with the logits they got',
    options: derppOptionsSchema,
    create: async (options) => (await import('./derpp/derpp.js')).derpp(options),
  },
  {
    name: 'packnet',
    description: 'every task prunes the weights it trained to a few of its own, and later tasks get the others',
    options: packnetOptionsSchema,
    create: async (options) => (await import('./packnet/packnet.js')).packnet(options),
  },
  {
    name: 'hat',
    description: 'hard attention to the task: every task claims units of a perceptron (always an mlp)',
    options: hatOptionsSchema,
    create: async (options) => (await import('./hat/hat.js')).hat(options),
  },
  {
    name: 'ncm',
    description: 'nearest class mean on frozen features: nothing is trained, the task need not be told',
    options: ncmOptionsSchema,
    allClasses: true,
    create: async (options) => (await import('./ncm/ncm.js')).ncm(options),
  },
  {
    name: 'slda',
    description: 'linear discriminants on frozen features, from class means and one covariance: nothing is trained',
    options: sldaOptionsSchema,
    allClasses: true,
    create: async (options) => (await import('./slda/slda.js')).slda(options),
  },
  {
    name: 'ranpac',
    description: 'ridge regression on random features of frozen features: nothing is trained',
    options: ranpacOptionsSchema,
    allClasses: true,
    create: async (options) => (await import('./ranpac/ranpac.js')).ranpac(options),
  },
  {
    name: 'probe',
    description: 'logistic regression on frozen features, one for every task: the linear probe',
    options: probeOptionsSchema,
    create: async (options) => (await import('./probe/probe.js')).probe(options),
  },
];

/** @throws LifelongError `usage` for an unknown name, with the nearest one */
export function strategyNamed(name: string): StrategyEntry {
  const entry = strategies.find((candidate) => candidate.name === name);
  if (entry) return entry;
  const names = strategies.map((candidate) => candidate.name);
  const nearest = nearestName(name, names);
  throw new LifelongError(
    'usage',
    `unknown strategy "${name}": one of ${names.join(', ')} expected`,
    nearest && `did you mean ${nearest}?`,
  );
}
