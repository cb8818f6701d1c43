import { readFileSync } from 'node:fs';
import { inRepository } from '../../../repository.ts';
import { serviceOfImage } from '../facts.ts';
import type { Rendering } from '../rendering.ts';
import { eachContainer } from '../workloads.ts';

const REFERENCE =
  /^(?<name>[a-z0-9.-]+(?::\d+)?(?:\/[a-z0-9._-]+)*?)(?::(?<tag>\w[\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$/;
const { version } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as { version: string };

/** Every image says which one it is, and ours are those of this version. */
export function checkImages(rendering: Rendering): string[] {
  return eachContainer(
    rendering,
    ({ image = '', imagePullPolicy }: { image?: string; imagePullPolicy?: string }) => {
      const groups = REFERENCE.exec(image)?.groups;
      if (!groups) return [`image "${image}" is none`];
      const { name = '', tag, digest } = groups;
      return [
        ...(tag || digest ? [] : [`image ${image} has neither tag nor digest`]),
        ...(tag === 'latest' ? [`image ${image} is whatever is the latest`] : []),
        ...(serviceOfImage(name) && !digest && tag !== version
          ? [`image ${image} is not of version ${version}`]
          : []),
        // Otherwise an image that was loaded into a local cluster would be asked for at a registry.
        ...(imagePullPolicy === 'IfNotPresent' ? [] : [`imagePullPolicy is ${imagePullPolicy}`]),
      ];
    },
  );
}
