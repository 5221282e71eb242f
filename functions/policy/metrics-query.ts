/**
 * What a CloudWatch Metrics Insights query is about. Keywords come in any case, names with or without quotes, blanks and
 * line breaks anywhere.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
 */

/** The metric that a query reads, and the accounts that its WHERE clause names. */
export interface Query {
  namespace: string;
  name: string;
  accounts: string[];
}

const NAME = `"[^"]*"|'[^']*'|[^\\s"'(),]+`;
const SELECT = new RegExp(
  `^[\\s(]*SELECT\\s+\\w+\\s*\\(\\s*(${NAME})\\s*\\)\\s*FROM\\s*(?:SCHEMA\\s*\\(\\s*)?(${NAME})`,
  'i',
);
const ACCOUNT = /\bAWS\.AccountId["']?\s*=\s*["'](\d{12})["']/gi;

/** Reads a query; nothing where the expression is none, such as metric math. */
export function readQuery(expression: string): Query | undefined {
  // Copied once too often through JSON or a template, quotes keep a backslash.
  const plain = expression.replaceAll(/\\(?=["'])/g, '');
  const [, name, namespace] = SELECT.exec(plain) ?? [];
  if (name === undefined || namespace === undefined) return undefined;
  const accounts = [...plain.matchAll(ACCOUNT)].map(([, account = '']) => account);
  return { namespace: unquoted(namespace), name: unquoted(name), accounts };
}

const unquoted = (name: string): string => name.replaceAll(/^["']|["']$/g, '');
