// PromQL as a tree, by the grammar that Prometheus' own editor uses.
import { parser } from '@prometheus-io/lezer-promql';

/** A node of the tree, with the text that it stands for. */
export interface PromNode {
  readonly type: string;
  readonly text: string;
  readonly children: readonly PromNode[];
}

export interface Matcher {
  label: string;
  operator: '=' | '!=' | '=~' | '!~';
  value: string;
}

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** @throws an Error that shows where the expression stops making sense. */
export function parseExpression(expression: string): PromNode {
  const { topNode } = parser.parse(expression);
  const [root] = convert(topNode, expression).children;
  if (!root) throw new Error('the expression is empty');
  return root;
}

function convert(node: SyntaxNode, expression: string): PromNode {
  if (node.type.isError) throw new Error(`syntax error: ${mark(expression, node.from)}`);
  const children: PromNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling)
    children.push(convert(child, expression));
  return { type: node.name, text: expression.slice(node.from, node.to), children };
}

function mark(expression: string, at: number): string {
  const [before, after] = [expression.slice(Math.max(0, at - 40), at), expression.slice(at, at + 20)];
  return `${before}⟨here⟩${after}`;
}

/** All nodes of a type, in the order of the text; the node itself included. */
export function nodesOf(node: PromNode, type: string): PromNode[] {
  return [...(node.type === type ? [node] : []), ...node.children.flatMap((child) => nodesOf(child, type))];
}

export function child(node: PromNode, type: string): PromNode | undefined {
  return node.children.find((each) => each.type === type);
}

/** Of a VectorSelector: the metric, and what its labels must be. */
export function readSelector(selector: PromNode): { metric: string; matchers: Matcher[] } {
  const matchers = nodesOf(selector, 'UnquotedLabelMatcher').map((node) => ({
    label: child(node, 'LabelName')!.text,
    operator: child(node, 'MatchOp')!.text as Matcher['operator'],
    value: readString(child(node, 'StringLiteral')!),
  }));
  const metric = child(selector, 'Identifier')?.text;
  if (metric === undefined) throw new Error(`a selector without the name of a metric: ${selector.text}`);
  return { metric, matchers };
}

/** The text between the quotes; only \\ and \" are escaped here. */
export function readString({ text }: PromNode): string {
  const inner = text.slice(1, -1);
  return text.startsWith('`') ? inner : inner.replaceAll(/\\(.)/g, '$1');
}

/** The labels in the parentheses of by(), without(), on(), ignoring(), group_left(). */
export function readLabels(list: PromNode | undefined): string[] {
  return list?.children.map(({ text }) => text) ?? [];
}
