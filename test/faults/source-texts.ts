import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

/** A text that the product can say, with `…` for each part that it fills in. */
export interface SourceText {
  readonly text: string;
  /** Such as `src/checkpoint/store.ts:176`. */
  readonly place: string;
  /** The top-level statement that it stands in. */
  readonly statement: ts.Node;
}

/** The sources as the compiler sees them: every text in them, and which statements can be reached from which. */
export interface Sources {
  readonly texts: readonly SourceText[];
  /** Names that a program can use: what a module exports, with the members of those types. */
  namesOf(file: string): ReadonlySet<string>;
  /** The top-level statements that running a file's statement can come to; the whole file where no name is given. */
  reachedFrom(file: string, name?: string): ReadonlySet<ts.Node>;
}

export function readSources(root: string): Sources {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const names = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((name) => join(root, 'src', name));
  const program = ts.createProgram(
    names.filter((name) => name.endsWith('.ts')),
    options,
  );
  const checker = program.getTypeChecker();
  const placeOf = (file: ts.SourceFile) => relative(root, file.fileName).split(sep).join('/');
  const own = program.getSourceFiles().filter((file) => placeOf(file).startsWith('src/') && !file.isDeclarationFile);
  const plain = names
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => ts.createSourceFile(name, ts.sys.readFile(name) ?? '', ts.ScriptTarget.Latest, true));
  const files = new Map(own.map((file) => [placeOf(file), file]));
  const fileNamed = (name: string): ts.SourceFile => {
    const file = files.get(name);
    if (!file) throw new Error(`${name}: no such source file`);
    return file;
  };
  const next = new Map<ts.Node, readonly ts.Node[]>();
  const referencesOf = (statement: ts.Node): readonly ts.Node[] => {
    const known = next.get(statement) ?? statementsNamedIn(statement, checker);
    next.set(statement, known);
    return known;
  };

  return {
    texts: [...own, ...plain].flatMap((file) =>
      file.statements.flatMap((statement) =>
        [...textsIn(statement)].map(({ text, node }) => ({
          ...{ text, statement },
          place: `${placeOf(file)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`,
        })),
      ),
    ),
    namesOf: (file) => {
      const module = checker.getSymbolAtLocation(fileNamed(file));
      const exported = module ? checker.getExportsOfModule(module) : [];
      return new Set(exported.flatMap((symbol) => [symbol.name, ...membersOf(symbol, checker)]));
    },
    reachedFrom: (file, name) => {
      const starts = fileNamed(file).statements.filter((statement) => name === undefined || declares(statement, name));
      const reached = new Set<ts.Node>(starts);
      for (const statement of reached) for (const other of referencesOf(statement)) reached.add(other);
      return reached;
    },
  };
}

const declares = (statement: ts.Node, name: string) => ts.isFunctionDeclaration(statement) && statement.name?.text === name;

function membersOf(symbol: ts.Symbol, checker: ts.TypeChecker): string[] {
  const meant = unaliased(symbol, checker);
  const type = meant.flags & ts.SymbolFlags.Value ? checker.getTypeOfSymbol(meant) : checker.getDeclaredTypeOfSymbol(meant);
  const parameters = type.getCallSignatures().flatMap((signature) => signature.parameters.map((one) => checker.getTypeOfSymbol(one)));
  return [type, ...parameters].flatMap((one) => one.getProperties().map(({ name }) => name));
}

const unaliased = (symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** The top-level statements of src whose names a statement uses, through `import` and `await import()` alike. */
function statementsNamedIn(statement: ts.Node, checker: ts.TypeChecker): ts.Node[] {
  const found = new Set<ts.Node>();
  const add = (symbol: ts.Symbol | undefined) => {
    for (const declaration of (symbol && unaliased(symbol, checker).declarations) ?? []) {
      if (ts.isSourceFile(declaration)) continue; // a module itself
      const top = ts.findAncestor(declaration, (node) => ts.isSourceFile(node.parent));
      if (top) found.add(top);
    }
  };
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node)) {
      add(checker.getSymbolAtLocation(node));
      if (ts.isShorthandPropertyAssignment(node.parent)) add(checker.getShorthandAssignmentValueSymbol(node.parent));
      if (ts.isBindingElement(node.parent) && ts.isObjectBindingPattern(node.parent.parent)) {
        const name = node.parent.propertyName ?? node;
        if (ts.isIdentifier(name)) add(checker.getTypeAtLocation(node.parent.parent).getProperty(name.text));
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return [...found];
}

/** Every text of more than one word, but for what names options and arguments to commander. */
function* textsIn(node: ts.Node): Generator<{ readonly text: string; readonly node: ts.Node }> {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
  const text = textOf(node);
  if (text?.includes(' ')) yield { text, node };
  if (text !== undefined && !ts.isTemplateExpression(node)) return;
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => {
    children.push(child);
  });
  if (namesOptions(node)) children.splice(children.indexOf(node.arguments?.[0] ?? node), 1);
  for (const child of children) yield* textsIn(child);
}

/** A literal's text; several put together are one. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [textOf(node.left), textOf(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? '…'}${right ?? '…'}`;
}

function namesOptions(node: ts.Node): node is ts.CallExpression | ts.NewExpression {
  if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return false;
  return /(^|\.)(option|requiredOption|Option|argument)$/.test(node.expression.getText());
}
