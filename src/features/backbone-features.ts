import type { BackbonePass } from '../backbones/backbone.js';
import type { LoadedBackbone } from '../backbones/registry.js';
import type { FeatureExtractor } from '../core/features.js';
import { tf, type Tensor } from '../nn/backend.js';
import { audioExtractor } from './audio-network.js';
import { frozenInference } from './frozen-inference.js';
import { imageExtractor } from './image-network.js';
import { textExtractor } from './text-network.js';

/** What a backbone's last stage gives, pooled, as features. Its name is the text that the backbone was asked for by. */
export function backboneFeatures({ text: name, backbone, arrays, side, sha256 }: LoadedBackbone): FeatureExtractor {
  const { stages, size, text, audio } = backbone;
  const weights = new Map(Object.entries(arrays).map(([weight, { data, shape }]) => [weight, tf.tensor(data, [...shape])]));
  const pass: BackbonePass = { weight: (weight) => weights.get(weight) as Tensor, site: (_, x) => x, count: () => undefined };
  const inference = frozenInference(name, (inputs) => backbone.pool(stages.reduce((x, stage) => stage.run(pass, x), inputs)));
  const dispose = () => {
    inference.dispose();
    tf.dispose([...weights.values()]);
  };
  if (text) return textExtractor({ name, sha256, size, ...text, infer: (ids) => inference.infer(ids, 1), dispose });
  if (audio) return audioExtractor({ name, sha256, size, ...audio, infer: (x, batches) => inference.infer(x, batches), dispose });
  return imageExtractor({
    ...{ name, sha256, size, dispose },
    prepare: (images) => backbone.prepare(images, side),
    infer: (images, batches) => inference.infer(images, batches),
  });
}
