import { z } from 'zod';
import type { Backbone, BackbonePass, Stage } from '../backbones/backbone.js';
import { backboneNamed } from '../backbones/registry.js';
import { LifelongError } from '../core/errors.js';
import type { FrozenWeights } from '../core/frozen-weights.js';
import { formatInput, type Input } from '../core/input.js';
import type { Tensor } from '../nn/backend.js';
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
  const through = (scope: Scope, some: readonly Stage[], x: Tensor): Tensor => {
    const apply = module.attach(scope, architecture);
    const pass: BackbonePass = {
      weight: (name) => scope.frozen(name),
      site(name, y) {
        const site = sites.get(name);
        return site ? apply(site, y) : y;
      },
      count: (multiplyAdds) => scope.count(multiplyAdds),
    };
    return some.reduce((y, stage) => stage.run(pass, y), x);
  };
  const lowest = stages.findIndex(({ name }) => architecture.stages.includes(name));
  const at = lowest < 0 ? stages.length : lowest;
  const lower = (scope: Scope, x: Tensor) => through(scope, stages.slice(0, at), backbone.prepare(x, architecture.side));
  const upper = (scope: Scope, x: Tensor) => backbone.pool(through(scope, stages.slice(at), x));
  const layers = backbone.sites.map(({ name, channels }) => `${name} ${channels}`);
  const key = `attached ${JSON.stringify({ ...architecture, backbone: backbone.name, shape: input.shape, layers })}`;
  const cut = (): Cut => {
    const shape = declare(lower, input, frozen).outputShape;
    return {
      below: scopedNetwork(`below ${key}`, input, (scope, x) => flatten(lower(scope, x)), frozen),
      above: scopedNetwork(`above ${key}`, { shape, dtype: 'float32' }, upper, frozen),
      shape,
    };
  };
  return { ...scopedNetwork(key, input, (scope, x) => upper(scope, lower(scope, x)), frozen), ...(at > 0 && { cut }) };
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
