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
    'grey or colour images [height, width, 1 or 3], or texts as int32 ids of tokens [length]',
  network(architecture, input, on) {
    if (!on || !('backbone' in on.ref)) {
      throw new LifelongError('usage', `an expert of kind attached: a backbone expected, found ${on ? describeBase(on.ref) : 'nothing'}`);
    }
    const backbone = backboneNamed(on.ref.backbone, on.weights.arrays);
    if (backbone.domain !== input.domain) {
      const found = `${input.domain} ${formatInput(input)}`;
      throw new LifelongError('data', `backbone ${backbone.name}: inputs of domain ${backbone.domain} expected, found ${found}`);
    }
    const longest = backbone.text?.positions ?? Infinity;
    if ((input.shape[0] ?? 0) > longest && backbone.text) {
      throw new LifelongError(
        'data',
        `backbone ${backbone.name}: texts of up to ${longest} tokens expected, found ${formatInput(input)}`,
        'set data.length',
      );
    }
    const module = modules.find(({ kind }) => kind === architecture.module) as Module;
    return attachedNetwork(backbone, module, architecture, input, on.weights);
  },
};

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
    const pass: BackbonePass = {
      weight: (name) => scope.frozen(name),
      site(name, y) {
        const site = sites.get(name);
        return site ? apply(site, y) : y;
      },
      count: (multiplyAdds) => scope.count(multiplyAdds),
    };
    const read: Tensor[] = [];
    const hidden = some.reduce((y, stage) => {
      const z = stage.run(pass, y);
      if (isRead(stage)) read.push(backbone.pool(z));
      return z;
    }, x);
    return { hidden, read };
  };
  /** What the stages without a module give: hidden values for the others, if there are any, then what heads read. */
  const lower = (scope: Scope, x: Tensor): Tensor[] => {
    const { hidden, read } = through(scope, frozenStages, backbone.prepare(x, architecture.side));
    return rest.length > 0 ? [hidden, ...read] : read;
  };
  const upper = (scope: Scope, [first, ...read]: readonly Tensor[]) =>
    sideBySide(rest.length > 0 ? [...read, ...through(scope, rest, first as Tensor).read] : [first as Tensor, ...read]);
  const layers = backbone.sites.map(({ name, channels }) => `${name} ${channels}`);
  const key = `attached ${JSON.stringify({ ...architecture, backbone: backbone.name, shape: input.shape, layers })}`;
  const cut = (): Cut => {
    const firstShape = declare((scope, x) => lower(scope, x)[0] as Tensor, input, frozen).outputShape;
    const below = scopedNetwork(`below ${key}`, input, (scope, x) => sideBySide(lower(scope, x).map(flatten)), frozen);
    const shape = [below.featureSize];
    const above = (scope: Scope, x: Tensor) => upper(scope, apart(x, firstShape));
    return { below, above: scopedNetwork(`above ${key}`, { shape, dtype: 'float32' }, above, frozen), shape };
  };
  return { ...scopedNetwork(key, input, (scope, x) => upper(scope, lower(scope, x)), frozen), ...(at > 0 && { cut }) };
}

const sideBySide = (parts: readonly Tensor[]): Tensor => (parts.length > 1 ? tf.concat([...parts], 1) : (parts[0] as Tensor));

/** The first of vectors side by side, in its shape, and what is behind it. */
function apart(x: Tensor, shape: readonly number[]): Tensor[] {
  const [length, whole] = [lengthOf(shape), x.shape[1] ?? 0];
  const first = tf.reshape(length < whole ? tf.slice(x, [0, 0], [-1, length]) : x, [-1, ...shape]);
  return length < whole ? [first, tf.slice(x, [0, length], [-1, whole - length])] : [first];
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
