import { Lexer, LineCounter, parseDocument, Parser, type Document } from 'yaml';
import { LifelongError } from '../core/errors.js';
import { deepestNesting, refuseReservedKeysWithin } from '../core/reserved-keys.js';

/** A YAML text with the places of what is in it. */
export interface Yaml {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly value: unknown;
}

/**
 * Parses a YAML text, of which JSON is a part. What is nested too deeply and aliases that multiply what they stand for are refused.
 *
 * @param where what to call the text in errors
 * @throws LifelongError `config` with the line
 */
export function parseYaml(text: string, where: string): Yaml {
  const lines = new LineCounter();
  refuseDeepNesting(text, where);
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const [syntaxError] = document.errors;
  if (syntaxError) throw refused(`${where}:${lines.linePos(syntaxError.pos[0]).line}`, syntaxError);
  let value: unknown;
  try {
    value = document.toJS();
  } catch (cause) {
    throw refused(where, cause); // about aliases
  }
  refuseReservedKeysWithin(value, where, 'config');
  return { document, lines, value };
}

/** The composer of documents calls itself for every level: a few thousand end the process, without an error that could be caught. The parser does not. */
function refuseDeepNesting(text: string, where: string): void {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme)); // carries it out; its tokens are of no use here
    // besides the levels, the document and a value are on the stack
    if (parser.stack.length > deepestNesting + 2)
      throw new LifelongError('config', `${where}: at most ${deepestNesting} levels of nesting expected, found more`);
  }
}

function refused(where: string, cause: unknown): LifelongError {
  const [first = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return new LifelongError('config', `${where}: ${first.replace(/ at line \d+.*$/, '')}`, undefined, { cause });
}
