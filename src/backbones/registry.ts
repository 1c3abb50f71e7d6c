import { readdir, stat } from 'node:fs/promises';
import { LifelongError, nearestName } from '../core/errors.js';
import type { Domain } from '../core/input.js';
import type { NamedArray } from '../core/snapshot.js';
import { albertWeights } from './albert-weights.js';
import { albert } from './albert.js';
import type { Backbone } from './backbone.js';
import { bertWeights } from './bert-weights.js';
import { efficientNetLite0, efficientNetLite0Convs, efficientNetLite0Side } from './efficientnet-lite0.js';
import { convArrays, type FrozenConv } from './folded-conv.js';
import { minilm } from './minilm.js';
import { packagedWeights } from './packaged-weights.js';
import { isUrl, parseRequest, type NetworkRequest } from './request.js';
import { resnet18, resnet18Convs, resnet18Side } from './resnet18.js';
import { readWeights } from './weights.js';
import { whisperEncoder } from './whisper-encoder.js';
import { whisperWeights } from './whisper-weights.js';

/** Weights of a backbone, as experts on it keep them. */
export type BackboneArrays = Readonly<Record<string, NamedArray>>;

interface BackboneKind {
  readonly domain: Domain;
  /** What weights one gives, in a few words. */
  readonly weights: string;
  /** Images are resized to `side` x `side` unless another is asked for; null for a network of something else. */
  readonly side: number | null;
  /**
   * @param arrays of a file, or as experts keep them
   * @returns the network, and its weights as experts keep them
   */
  readonly read: (arrays: BackboneArrays, where: string) => { readonly backbone: Backbone; readonly arrays: BackboneArrays };
}

/** How a network of convolutions is read. */
const ofConvs =
  (convs: (arrays: BackboneArrays, where: string) => Map<string, FrozenConv>, network: (convs: Map<string, FrozenConv>) => Backbone) =>
  (arrays: BackboneArrays, where: string) => {
    const found = convs(arrays, where);
    return { backbone: network(found), arrays: convArrays(found) };
  };

/** How a network is read whose weights are kept as arrays alone. */
const ofArrays =
  (weights: (arrays: BackboneArrays, where: string) => BackboneArrays, network: (weights: BackboneArrays) => Backbone) =>
  (arrays: BackboneArrays, where: string) => {
    const found = weights(arrays, where);
    return { backbone: network(found), arrays: found };
  };

/** What there is, by name. */
export const backbones: Readonly<Record<string, BackboneKind>> = {
  'efficientnet-lite0': {
    domain: 'image',
    weights: '`lifelong setup --features efficientnet-lite0` fetches its weights',
    side: efficientNetLite0Side,
    read: ofConvs(efficientNetLite0Convs, efficientNetLite0),
  },
  resnet18: {
    domain: 'image',
    weights: 'resnet18:FILE, torchvision ResNet-18 weights as safetensors by path or URL',
    side: resnet18Side,
    read: ofConvs(resnet18Convs, resnet18),
  },
  minilm: {
    domain: 'text',
    weights: '`lifelong setup --features minilm` fetches its weights; or minilm:FILE, those of any BERT encoder as safetensors',
    side: null,
    read: ofArrays(bertWeights, minilm),
  },
  albert: {
    domain: 'text',
    weights: 'albert:FILE, those of an ALBERT encoder as safetensors',
    side: null,
    read: ofArrays(albertWeights, albert),
  },
  'whisper-tiny': {
    domain: 'audio',
    weights:
      '`lifelong setup --features whisper-tiny` fetches its weights; or whisper-tiny:FILE, those of any Whisper as safetensors or a model.bin of CTranslate2',
    side: null,
    read: ofArrays(whisperWeights, whisperEncoder),
  },
};

/** A backbone with its weights. */
export interface LoadedBackbone {
  /** The text that it was asked for by. */
  readonly text: string;
  readonly backbone: Backbone;
  readonly arrays: BackboneArrays;
  /** Images are resized to `side` x `side`; null for a network of something else. */
  readonly side: number | null;
  /** Of the weight file. */
  readonly sha256: string;
}

export interface BackboneOptions {
  /** Where fetched weights are kept; `~/.cache/lifelong` when empty. */
  readonly weightsFolder?: string;
  /** Folder that relative paths start from; the working folder when empty. */
  readonly base?: string;
  /** Told what a user should know though it stops nothing, such as weights that cannot be kept. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * A backbone by name (`efficientnet-lite0`), by name and source (`resnet18:weights.safetensors`), or by source alone, whose network is then read off
 * the files. `@64` behind it has images resized to 64 x 64.
 *
 * @throws LifelongError `config` for an unknown name, with the nearest one; `data` for weights that cannot be read, or are of another network
 */
export async function loadBackbone(text: string, options: BackboneOptions = {}): Promise<LoadedBackbone> {
  const names = Object.keys(backbones);
  const request = parseRequest('backbone', text, names, options.base);
  const name = await nameOf(request);
  if (name !== undefined) return readBackbone(name, request, 'backbone', options);
  const nearest = nearestName(text, names);
  throw new LifelongError(
    'config',
    `backbone: one of ${names.join(', ')}, or a path of weights expected, found "${text}"`,
    nearest === undefined ? 'check the spelling or the path' : `did you mean ${nearest}?`,
  );
}

/** What a backbone, asked for as {@link loadBackbone} takes it, is for; undefined for one that is not known. */
export async function domainOfBackbone(text: string): Promise<Domain | undefined> {
  const name = await nameOf(parseRequest('backbone', text, Object.keys(backbones)));
  return name !== undefined && Object.hasOwn(backbones, name) ? backbones[name]?.domain : undefined;
}

const nameOf = async ({ kind, source }: NetworkRequest): Promise<string | undefined> =>
  kind ?? (source === undefined ? undefined : backboneOf(source));

/** @param what it is asked for as, for errors */
export async function readBackbone(
  name: string,
  { text, source, side }: NetworkRequest,
  what: string,
  options: BackboneOptions,
): Promise<LoadedBackbone> {
  const kind = backbones[name] as BackboneKind;
  if (side !== undefined && kind.side === null) {
    throw new LifelongError(
      'config',
      `${what} ${text}: no side behind @ expected, as ${name} is for ${kind.domain === 'text' ? 'texts' : 'sounds'}, found @${side}`,
      'leave it out',
    );
  }
  const path = source ?? (await fetchedWeights(name, what, options.weightsFolder));
  const { arrays, sha256 } = await readWeights(path, options.weightsFolder, options.onNotice);
  return { text, ...kind.read(arrays, path), side: side ?? kind.side, sha256 };
}

/** The backbone of a name, of weights that experts keep. @throws LifelongError `config` for an unknown name, `data` for weights of another network */
export function backboneNamed(name: string, arrays: BackboneArrays): Backbone {
  const kind = Object.hasOwn(backbones, name) ? backbones[name] : undefined;
  if (kind) return kind.read(arrays, `backbone ${name}`).backbone;
  throw new LifelongError('config', `backbone: one of ${Object.keys(backbones).join(', ')} expected, found ${name}`);
}

/** Which network's weights these files are; undefined when they are none or not there. */
export async function backboneOf(source: string): Promise<string | undefined> {
  if (isUrl(source) || source.endsWith('.safetensors')) return networkOfFile(source);
  const files = await readdir(source).catch((): string[] => []);
  const weights = files.filter((file) => file.endsWith('.safetensors'));
  return weights[0] === undefined ? undefined : networkOfFile(weights[0]);
}

/** Told by the name of a file of weights: who has one of another network by that name says which it is. */
function networkOfFile(file: string): string {
  const [, named] = /(efficientnet-lite0|minilm|albert|whisper)[^/\\]*$/i.exec(file) ?? [];
  return named === undefined ? 'resnet18' : named.toLowerCase().replace('whisper', 'whisper-tiny');
}

async function fetchedWeights(name: string, what: string, folder: string | undefined): Promise<string> {
  const pathOf = Object.hasOwn(packagedWeights, name) ? packagedWeights[name]?.path : undefined;
  if (!pathOf) {
    throw new LifelongError('config', `${what} ${name}: ${name}:PATH expected, found no path`, backbones[name]?.weights);
  }
  const path = pathOf(folder);
  const known = await stat(path).then(
    () => true,
    () => false,
  );
  if (known) return path;
  throw new LifelongError(
    'data',
    `${what} ${name}: weights at ${path} expected, found none`,
    `run \`lifelong setup --features ${name}\`, or name a file: ${name}:PATH`,
  );
}
