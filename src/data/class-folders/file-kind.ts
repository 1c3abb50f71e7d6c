/** Files of one kind, such as images, that lie in class folders. */
export interface FileKind {
  /** One of them in a word: `image`. */
  readonly one: string;
  /** Several of them: `images`. */
  readonly many: string;
  /** Whether a file is one by its name. */
  isName(name: string): boolean;
  /** Whether a file of another name is one by its content. */
  recognizes(path: string): Promise<boolean>;
  /** What to do about a folder that has other files alone; it is to be removed where nothing is said. */
  readonly advice?: string;
}
