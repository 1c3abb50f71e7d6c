export interface SetupOptions {
  /** Only look. */
  readonly check?: boolean;
  /** The one way to install; `auto` tries both. */
  readonly from?: 'auto' | 'upstream' | 'wheel';
  /** A tensorflow-cpu wheel on disk. */
  readonly wheel?: string;
  /** Install again what works. */
  readonly force?: boolean;
}

/** Makes the native backend work, or says what is missing. `text`: one line with the versions, or what is wrong and the ways out. */
export function setup(options?: SetupOptions): Promise<{ ok: boolean; text: string }>;
