/** What people paste as an input that is none: known by its shape, told by its name, and never taken for a start. */
import { show } from '../text.ts';
import { isFields, letters, type Parsed, rejected } from './parsed.ts';
import { idsIn, startAgain } from './right-input.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Shape {
  what: string;
  fits: (input: Fields) => boolean;
}

const has = (input: Fields, ...names: string[]): boolean => names.some((name) => Object.hasOwn(input, name));
const some = (list: unknown, ...names: string[]): boolean =>
  Array.isArray(list) && list.some((one) => isFields(one) && has(one, ...names));

const SHAPES: readonly Shape[] = [
  // https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
  { what: 'an SNS record', fits: (input) => has(input, 'Sns') || some(input.Records, 'Sns') },
  // https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
  { what: 'an SQS record', fits: (input) => some(input.Records, 'body') },
  // https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
  { what: 'an SNS message', fits: (input) => has(input, 'TopicArn') || input.Type === 'Notification' },
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
  {
    what: 'an alarm as SNS sends it',
    fits: (input) => has(input, 'AlarmName', 'Trigger', 'NewStateValue'),
  },
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
  {
    what: 'an alarm as it invokes a Lambda function',
    fits: (input) => has(input, 'alarmArn', 'alarmData'),
  },
  {
    what: "a part of an alarm's EventBridge event",
    fits: (input) => has(input, 'alarmName', 'alarmContributor') && !has(input, 'detail'),
  },
];

const TAKES = "This workflow takes an alarm's whole EventBridge event, or a start by hand.";

/** Names of the WorkSpaces API that hold several WorkSpaces: of requests, as the CLI and the SDKs write them, and of answers. */
const OF_THE_API =
  /^(?:(?:reboot|rebuild|start|stop|terminate|migrate|restore)workspacerequests|workspaceids|workspaces|failedrequests)$/;

/** Why an input is refused, if it is one of those known by their shape. */
export function pasted(input: Fields): Parsed | undefined {
  const shape = SHAPES.find(({ fits }) => fits(input));
  if (shape) return refused(`This is ${shape.what}. ${TAKES}`, input);
  const key = Object.keys(input).find((name) => OF_THE_API.test(letters(name)));
  if (key !== undefined) {
    const takes = 'is a field of the WorkSpaces API and its CLI; this workflow takes "workspaceId".';
    return refused(`${show(key, 40)} ${takes}`, input);
  }
  const { workspaceId } = input;
  if (Array.isArray(workspaceId))
    return refused(`"workspaceId" must be one id, and is the list ${show(workspaceId)}.`, input);
  return undefined;
}

/** Why something is refused that is no object at all: an id alone, or a list of them. */
export const noObject = (input: unknown): Parsed =>
  refused(
    `The input must be an object with "workspaceId", and is ${Array.isArray(input) ? 'the list ' : ''}${show(input)}.`,
    input,
  );

/** One execution heals one WorkSpace, so several need several. */
function refused(what: string, input: unknown): Parsed {
  const { length } = idsIn(input);
  const each = length > 1 ? ` It names ${length} WorkSpaces, and one execution heals one.` : '';
  return rejected(`${what}${each} ${startAgain(input)}`);
}
