import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareImages } from '../backbones/prepare-images.js';
import { sha256 } from '../backbones/weights.js';
import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import { tf, type Tensor } from '../nn/backend.js';
import { frozenInference } from './frozen-inference.js';
import { imageExtractor } from './image-network.js';
import { readTfjsArtifacts, type TfjsArtifacts } from './tfjs-artifacts.js';

/** Side of the images where a model leaves it open. */
const openSide = 96;

/** As the largest that can be asked for, with `@side`. */
const largestSide = 1024;

/** Layers of Keras that have weights but only rescale what they get. */
const normalizations = ['BatchNormalization', 'LayerNormalization'];

/**
 * Any tfjs model of colour images as an extractor: what goes into its last layer with weights, the classifier, averaged over places where it still
 * has places. Images are resized to the model's own input size and mapped from [0, 1] to [-1, 1], as MobileNet and most image models for
 * tfjs expect.
 *
 * @param source `model.json` of a layers or graph model, or the folder that holds it
 * @throws LifelongError `data` when the files cannot be read or the model takes no colour images
 */
export async function tfjsModel(
  source: string,
  { name = 'tfjs-model', side }: { name?: string; side?: number | undefined } = {},
): Promise<FeatureExtractor> {
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const path = isFolder ? join(source, 'model.json') : source;
  const artifacts = await readTfjsArtifacts(path);
  const layers = 'node' in artifacts.modelTopology ? undefined : artifacts;
  const refuse = (cause: unknown): never => {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'unknown reason';
    throw new LifelongError('data', `${path}: a tfjs model expected, found one that does not load: ${reason ?? ''}`, undefined, { cause });
  };
  const model = await (layers ? loadLayers(layers) : loadGraph(artifacts)).catch(refuse);

  const [, height, width, channels] = model.inputShape;
  if (model.inputShape.length !== 4 || channels !== 3 || (height ?? -1) !== (width ?? -1) || (height ?? 0) > largestSide) {
    model.dispose();
    throw new LifelongError(
      'data',
      `${path}: a model of square colour images [n, side, side, 3] with sides of at most ${largestSide} expected, found inputs [${model.inputShape.join(', ')}]`,
    );
  }
  const chosen = height && height > 0 ? height : (side ?? openSide);
  const forward = (images: Tensor) => {
    const features = model.forward(images);
    return features.rank === 4 ? tf.mean(features, [1, 2]) : tf.reshape(features, [images.shape[0], -1]);
  };
  const inference = frozenInference(name, forward);
  const size = sizeOf(forward, chosen, refuse);
  return imageExtractor({
    name,
    sha256: sha256(...artifacts.files),
    size,
    prepare: (images) => prepareImages({ side: chosen, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }, images),
    infer: (images, batches) => inference.infer(images, batches),
    dispose() {
      inference.dispose();
      model.dispose();
    },
  });
}

/** Features of an image, found by trying one. */
function sizeOf(forward: (images: Tensor) => Tensor, side: number, refuse: (cause: unknown) => never): number {
  try {
    return tf.tidy(() => forward(tf.zeros([1, side, side, 3])).shape[1] ?? 0);
  } catch (cause) {
    return refuse(cause);
  }
}

/** A loaded model, cut before its classifier. */
interface CutModel {
  readonly inputShape: readonly (number | null)[];
  forward(images: Tensor): Tensor;
  dispose(): void;
}

async function loadLayers({ modelTopology, weightSpecs, weightData }: TfjsArtifacts): Promise<CutModel> {
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const weighted = model.layers.filter((layer) => layer.weights.length > 0 && !normalizations.includes(layer.getClassName()));
  const classifier = weighted.at(-1);
  const cut = classifier ? tf.model({ inputs: model.inputs, outputs: classifier.input }) : model;
  return {
    inputShape: model.inputs[0]?.shape ?? [],
    forward: (images) => cut.predict(images) as Tensor,
    dispose: () => model.dispose(),
  };
}

/** Operations of graph models that a classifier is made of. */
const weightedOperations = ['MatMul', '_FusedMatMul', 'Conv2D', '_FusedConv2D'];

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
}

async function loadGraph({ modelTopology, weightSpecs, weightData }: TfjsArtifacts): Promise<CutModel> {
  const model = await tf.loadGraphModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const { node: nodes } = modelTopology as { node: readonly GraphNode[] };
  const classifier = nodes.filter(({ op }) => weightedOperations.includes(op)).at(-1);
  const node = classifier?.input?.[0];
  return {
    inputShape: model.inputs[0]?.shape ?? [],
    forward: (images) => (node === undefined ? model.predict(images) : model.execute(images, node)) as Tensor,
    dispose: () => model.dispose(),
  };
}
