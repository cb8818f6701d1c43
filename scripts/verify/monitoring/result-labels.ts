// Which labels the result of an expression has, and what in it asks for something that does not exist. Prometheus answers
// such a query with nothing at all, which looks like "all is well".
import { type Catalogue, findMetric, matcherProblem } from './catalogue.ts';
import {
  child,
  nodesOf,
  type PromNode,
  parseExpression,
  readLabels,
  readSelector,
  readString,
} from './promql.ts';

type Labels = Set<string>;

export interface Known {
  catalogue: Catalogue;
  /** The labels of what recording rules write, by name. */
  recorded: ReadonlyMap<string, Labels>;
}

export interface Result {
  labels: Labels;
  problems: string[];
}

/** @throws on a syntax error */
export function examine(expression: string, known: Known): Result {
  const walk: Walk = { ...known, unknown: [], problems: [] };
  const labels = labelsOf(parseExpression(expression), walk);
  // What is missing from a metric that does not exist says nothing more.
  return { labels, problems: [...new Set(walk.unknown.length > 0 ? walk.unknown : walk.problems)] };
}

interface Walk extends Known {
  unknown: string[];
  problems: string[];
}

function labelsOf(node: PromNode, walk: Walk): Labels {
  switch (node.type) {
    case 'VectorSelector':
      return ofSelector(node, walk);
    case 'AggregateExpr':
      return ofAggregate(node, walk);
    case 'BinaryExpr':
      return ofBinary(node, walk);
    case 'FunctionCall':
      return ofFunction(node, walk);
    case 'NumberDurationLiteral':
    case 'StringLiteral':
      return new Set();
    default:
      // Parentheses, ranges, offsets, signs: around one expression.
      return labelsOf(operands(node)[0]!, walk);
  }
}

const EXPRESSIONS =
  /^(VectorSelector|AggregateExpr|BinaryExpr|FunctionCall|NumberDurationLiteral|StringLiteral|MatrixSelector|OffsetExpr|ParenExpr|SubqueryExpr|UnaryExpr|StepInvariantExpr)$/;

function operands(node: PromNode): PromNode[] {
  return node.children.filter(({ type }) => EXPRESSIONS.test(type));
}

function ofSelector(node: PromNode, { catalogue, recorded, unknown, problems }: Walk): Labels {
  const { metric, matchers } = readSelector(node);
  const written = recorded.get(metric);
  if (written) {
    for (const { label } of matchers)
      if (!written.has(label)) problems.push(`${metric} has no label ${label}`);
    return written;
  }
  const values = findMetric(catalogue, metric, matchers);
  if (!values) {
    unknown.push(`nothing exposes ${node.text}`);
    return new Set();
  }
  problems.push(...matchers.flatMap((matcher) => matcherProblem(metric, values, matcher) ?? []));
  return new Set(values.keys());
}

function ofAggregate(node: PromNode, walk: Walk): Labels {
  const inner = labelsOf(operands(child(node, 'FunctionCallBody')!).at(-1)!, walk);
  const operator = child(node, 'AggregateOp')!.text;
  const modifier = child(node, 'AggregateModifier');
  const named = readLabels(modifier && child(modifier, 'GroupingLabels'));
  mustHave(inner, named, node, walk);
  if (/^(topk|bottomk|limitk|limit_ratio)$/i.test(operator)) return inner;
  return modifier && child(modifier, 'Without') ? without(inner, named) : new Set(named);
}

function ofBinary(node: PromNode, walk: Walk): Labels {
  const [left, right] = operands(node).map((each) => labelsOf(each, walk)) as [Labels, Labels];
  const clause = child(node, 'MatchingModifierClause');
  const [matching, included] = clause ? clause.children.filter(({ type }) => type === 'GroupingLabels') : [];
  const on = readLabels(matching);
  for (const side of [left, right]) mustHave(side, on, node, walk);
  if (child(node, 'Or')) return new Set([...left].filter((label) => right.has(label)));
  if (child(node, 'And') || child(node, 'Unless')) return left;
  const [literalLeft, literalRight] = operands(node).map(({ type }) => type === 'NumberDurationLiteral');
  if (literalLeft || literalRight) return literalLeft ? right : left;
  if (clause && child(clause, 'GroupRight')) return new Set([...right, ...readLabels(included)]);
  if (clause && child(clause, 'GroupLeft')) return new Set([...left, ...readLabels(included)]);
  if (clause && child(clause, 'On')) return new Set(on);
  return without(left, on);
}

function ofFunction(node: PromNode, walk: Walk): Labels {
  const body = child(node, 'FunctionCallBody');
  const args = body ? operands(body) : [];
  const name = child(node, 'FunctionIdentifier')!.text;
  const all = args.map((each) => labelsOf(each, walk));
  const vector = all[args.findIndex(({ type }) => !/Literal$/.test(type))] ?? new Set<string>();
  if (/^(scalar|vector|time|pi)$/.test(name)) return new Set();
  if (name.startsWith('absent')) {
    const matchers = nodesOf(node, 'VectorSelector').flatMap((each) => readSelector(each).matchers);
    return new Set(matchers.filter(({ operator }) => operator === '=').map(({ label }) => label));
  }
  if (name === 'histogram_quantile') {
    mustHave(vector, ['le'], node, walk);
    return without(vector, ['le']);
  }
  if (name === 'label_replace' || name === 'label_join') return new Set([...vector, readString(args[1]!)]);
  return vector;
}

function without(labels: Labels, left: readonly string[]): Labels {
  return new Set([...labels].filter((label) => !left.includes(label)));
}

function mustHave(labels: Labels, wanted: string[], { text }: PromNode, { problems }: Walk): void {
  for (const label of wanted)
    if (!labels.has(label)) problems.push(`nothing has the label ${label} in: ${text}`);
}
