import type { Domain } from '../core/input.js';
import type { Tensor } from '../nn/backend.js';

/** A place in a backbone where a module may attach: what leaves a norm, a block whose output is still to be added to its input, or, with nothing behind it, a stage. */
export interface Site {
  readonly name: string;
  /** Of the backbone's stages, by name. */
  readonly stage: string;
  /** On the last axis of what comes by. */
  readonly channels: number;
  readonly kind: 'norm' | 'block' | 'output';
}

/** What a forward pass through a backbone reads and tells. */
export interface BackbonePass {
  /** A frozen weight by name. */
  weight(name: string): Tensor;
  /** What goes on from a site, given what has come to it. */
  site(name: string, x: Tensor): Tensor;
  /** Tells how many multiply-adds an operation costs for one example. */
  count(multiplyAdds: number): void;
}

/** A part of a backbone: inputs or hidden states in, hidden states out. */
export interface Stage {
  readonly name: string;
  run(pass: BackbonePass, x: Tensor): Tensor;
}

/** A pretrained network that stays as it is, in stages: what experts stand on, and, pooled, what features are. */
export interface Backbone {
  /** As experts and reports have it. */
  readonly name: string;
  readonly domain: Domain;
  readonly stages: readonly Stage[];
  /** Names of the stages that modules are attached to unless others are asked for: the upper ones, which are about things more than about edges. */
  readonly upper: readonly string[];
  /** In the order in which a pass comes by them. */
  readonly sites: readonly Site[];
  /** Length D of a pooled vector. */
  readonly size: number;
  /** What texts it takes: ids of so many tokens, texts of so many positions at most; undefined for what is no text. */
  readonly text?: { readonly tokens: number; readonly positions: number };
  /** What spectrograms it takes: of so many bands, and so many frames at most; undefined for what is no sound. */
  readonly audio?: { readonly bands: number; readonly frames: number };
  /** Inputs of a task `[n, ...shape]`, raw, as the first stage takes them: images of `side` x `side`, others as they are. */
  prepare(x: Tensor, side: number | null): Tensor;
  /** `[n, D]` of what leaves the last stage. */
  pool(x: Tensor): Tensor;
}
