import { z } from 'zod';
import type { Backbone, BackbonePass, Stage } from '../backbones/backbone.js';
import { backboneNamed } from '../backbones/registry.js';
import { LifelongError } from '../core/errors.js';
import type { FrozenWeights } from '../core/frozen-weights.js';
import { formatInput, type Input } from '../core/input.js';
import { lengthOf } from '../data/array-split.js';
import { tf, type Tensor } from '../nn/backend.js';
import { flatten } from '../nn/mlp.js';
import { scopedNetwork, type Cut, type Network } from '../nn/network.js';
import { declare, type Scope } from '../nn/scope.js';
import { describeBase } from './frozen-base.js';
import type { ExpertKind } from './expert-kind.js';
import type { AttachedArchitecture, Module } from './modules/module.js';
import { modules } from './modules/modules.js';

const schema = z.custom<AttachedArchitecture>().superRefine((value, context) => {
  const module = modules.find(({ kind }) => kind === value.module);
  const issues = module ? (module.schema.safeParse(value).error?.issues ?? []) : [noModule(value.module)];
  for (const { message, path } of issues) context.addIssue({ code: 'custom', message, path: [...path] });
});

const noModule = (found: string) => ({
  message: `one of ${modules.map(({ kind }) => kind).join(', ')} expected, found ${found}`,
  path: ['module'],
});

/** Experts on a backbone: what it gives, with a module attached to some of its stages. */
export const attached: ExpertKind<AttachedArchitecture> = {
  kind: 'attached',
  schema,
  accepts: ({ domain, dtype, shape }) =>
    (domain === 'image' && dtype === 'float32' && (shape[2] === 1 || shape[2] === 3)) ||
    (domain === 'text' && dtype === 'int32') ||
    domain === 'audio' ||
    'grey or colour images [height, width, 1 or 3], texts as int32 ids of tokens [length], or sounds as spectrograms [frames, 80]',
  network(architecture, input, on) {
    if (!on || !('backbone' in on.ref)) {
      throw new LifelongError('usage', `an expert of kind attached: a backbone expected, found ${on ? describeBase(on.ref) : 'nothing'}`);
    }
    const backbone = backboneNamed(on.ref.backbone, on.weights.arrays);
    if (backbone.domain !== input.domain) {
      const found = `${input.domain} ${formatInput(input)}`;
      throw new LifelongError('data', `backbone ${backbone.name}: inputs of domain ${backbone.domain} expected, found ${found}`);
    }
    refuseLonger(backbone, input);
    const module = modules.find(({ kind }) => kind === architecture.module) as Module;
    return attachedNetwork(backbone, module, architecture, input, on.weights);
  },
};

/** What a pass through some stages gives: hidden values for those behind them, and what heads read of them. */
interface Passed {
  readonly hidden: Tensor;
  readonly read: readonly Tensor[];
}

/** @throws LifelongError `data` for texts or sounds that are longer than the backbone takes */
function refuseLonger({ name, text, audio }: Backbone, input: Input): void {
  const [length = 0] = input.shape;
  const [most, what, key] = text
    ? ([text.positions, 'texts of up to # tokens', 'length'] as const)
    : ([audio?.frames ?? Infinity, 'spectrograms of up to # frames', 'seconds'] as const);
  if (length <= most || (!text && !audio)) return;
  const expected = what.replace('#', String(most));
  throw new LifelongError('data', `backbone ${name}: ${expected} expected, found ${formatInput(input)}`, `set data.${key}`);
}

function attachedNetwork(
  backbone: Backbone,
  module: Module,
  architecture: AttachedArchitecture,
  input: Input,
  frozen: FrozenWeights,
): Network {
  const { stages } = backbone;
  const sites = new Map(sitesOf(backbone, module, architecture).map((site) => [site.name, site]));
  const isRead = (stage: Stage) => architecture.readout === 'every' || stage === stages.at(-1);
  const lowest = stages.findIndex(({ name }) => architecture.stages.includes(name));
  const at = lowest < 0 ? stages.length : lowest;
  const [frozenStages, rest] = [stages.slice(0, at), stages.slice(at)];
  const through = (scope: Scope, some: readonly Stage[], x: Tensor) => {
    const apply = module.attach(scope, architecture);
    const weightOf = module.weights?.(scope, architecture);
    const passThrough = (stage: string): BackbonePass => ({
      weight: (name) => (weightOf && architecture.stages.includes(stage) ? weightOf(stage, name) : scope.frozen(name)),
      site(name, y) {
        const site = sites.get(name);
        return site ? apply(site, y) : y;
      },
      count: (multiplyAdds) => scope.count(multiplyAdds),
    });
    const read: Tensor[] = [];
    const hidden = some.reduce((y, stage) => {
      const z = stage.run(passThrough(stage.name), y);
      if (isRead(stage)) read.push(backbone.pool(z));
      return z;
    }, x);
    return { hidden, read };
  };
  const lower = (scope: Scope, x: Tensor) => through(scope, frozenStages, backbone.prepare(x, architecture.side));
  const upper = (scope: Scope, { hidden, read }: Passed) => sideBySide([...read, ...through(scope, rest, hidden).read]);
  const layers = backbone.sites.map(({ name, channels }) => `${name} ${channels}`);
  const key = `attached ${JSON.stringify({ ...architecture, backbone: backbone.name, shape: input.shape, layers })}`;
  const padded = backbone.domain === 'text';
  const cut = (): Cut => {
    const goesOn = rest.length > 0;
    const parts = (scope: Scope, x: Tensor) => {
      const { hidden, read } = lower(scope, x);
      return sideBySide(goesOn ? [...read, flatten(hidden)] : read);
    };
    const hiddenShape = declare((scope, x) => lower(scope, x).hidden, input, frozen).outputShape;
    const below = { ...scopedNetwork(`below ${key}`, input, parts, frozen), padded: padded && goesOn };
    const shape = below.padded ? positions(below.featureSize, hiddenShape) : [below.featureSize];
    const readSize = below.featureSize - (goesOn ? lengthOf(hiddenShape) : 0);
    const above = (scope: Scope, x: Tensor) => upper(scope, apart(flatten(x), readSize, hiddenShape));
    return { below, above: { ...scopedNetwork(`above ${key}`, { shape, dtype: 'float32' }, above, frozen), padded: below.padded }, shape };
  };
  return { ...scopedNetwork(key, input, (scope, x) => upper(scope, lower(scope, x)), frozen), padded, ...(at > 0 && { cut }) };
}

const sideBySide = (parts: readonly Tensor[]): Tensor => (parts.length > 1 ? tf.concat([...parts], 1) : (parts[0] as Tensor));

/** Numbers as positions as wide as those of hidden values `[length, d]`: what heads read of a text's stages is as wide, and comes before its padding. */
const positions = (count: number, [, width = 1]: readonly number[]): number[] => [count / width, width];

/** Vectors of what heads read, and hidden values behind it, of as many positions as there are. */
function apart(x: Tensor, readSize: number, [, ...shape]: readonly number[]): Passed {
  const behind = (x.shape[1] ?? 0) - readSize;
  if (behind === 0) return { hidden: x, read: [x] };
  const parts: readonly Tensor[] = readSize > 0 ? tf.split(x, [readSize, behind], 1) : [x];
  return { hidden: tf.reshape(parts.at(-1) as Tensor, [-1, behind / lengthOf(shape), ...shape]), read: parts.slice(0, -1) };
}

/** Where an architecture's module is attached. @throws LifelongError `config` for a stage that the backbone does not have */
function sitesOf(backbone: Backbone, module: Module, { stages }: AttachedArchitecture) {
  const names = backbone.stages.map(({ name }) => name);
  const unknown = stages.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new LifelongError('config', `stages: some of ${names.join(', ')} of backbone ${backbone.name} expected, found "${unknown}"`);
  }
  return module.sites(backbone).filter(({ stage }) => stages.includes(stage));
}
