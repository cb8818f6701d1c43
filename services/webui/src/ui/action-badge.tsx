import { Badge, type Tone } from './badge.tsx';

const ACTIONS: Record<string, { tone: Tone; text: string }> = {
  allow: { tone: 'ok', text: 'Allow' },
  drop: { tone: 'danger', text: 'Drop' },
  rate_limit: { tone: 'gold', text: 'Rate limit' },
};

/** What a rule does with a packet. */
export function ActionBadge({ action }: { action: string }) {
  const { tone, text } = ACTIONS[action] ?? { tone: 'quiet', text: action };
  return <Badge tone={tone}>{text}</Badge>;
}
