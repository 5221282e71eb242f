/** The desk's WorkSpaces, and the SDK's client for it. */
import { WorkSpacesClient } from '@aws-sdk/client-workspaces';
import type { Listening } from '../../local/desk/http.ts';
import { WorkspacesServer } from '../../local/desk/workspaces-server.ts';
import type { DesktopSpec } from '../../local/stories/desktop.ts';
import { brokenDesktop } from '../../local/stories/samples.ts';
import type { Story } from '../../local/stories/story.ts';

export const ID = brokenDesktop().workspaceId;
export const idAt = (index: number) => `ws-${String(index).padStart(9, '0')}`;

/** The desk's time, epoch milliseconds. */
export const clock = { now: 0 };
let server: Listening | undefined;

export async function world(
  desktops: DesktopSpec[],
  throttle?: (operation: string, call: number) => boolean,
  directories: Story['directories'] = {},
) {
  clock.now = 1_000_000;
  const now = () => clock.now;
  const service = new WorkspacesServer({ now, desktops, directories, ...(throttle && { throttle }) });
  server = await service.listen();
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  const options = { endpoint: server.url, region: 'us-east-1', credentials, maxAttempts: 1 };
  return { service, client: new WorkSpacesClient(options) };
}

export const close = async () => server?.close();
