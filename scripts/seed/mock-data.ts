import { DEMO_SOURCE_PORTS } from '../traffic/demo-flows.ts';

export interface MockUser {
  email: string;
  full_name: string;
  role: 'admin' | 'maintainer' | 'viewer';
  is_active?: boolean;
}

export const MOCK_USERS: MockUser[] = [
  { email: 'ines.duarte@example.com', full_name: 'Inês Duarte', role: 'admin' },
  { email: 'mara.jensen@example.com', full_name: 'Mara Jensen', role: 'maintainer' },
  { email: 'tom.okafor@example.com', full_name: 'Tom Okafor', role: 'viewer' },
  { email: 'liu.wei@example.com', full_name: 'Liu Wei', role: 'viewer', is_active: false },
];

export interface MockRule {
  name: string;
  description: string;
  enabled?: boolean;
  priority: number;
  action: 'allow' | 'drop' | 'rate_limit';
  protocol: 'any' | 'tcp' | 'udp' | 'icmp';
  src_cidr?: string;
  dst_cidr?: string;
  src_port_min?: number;
  src_port_max?: number;
  dst_port_min?: number;
  dst_port_max?: number;
  rate_pps?: number;
  burst?: number;
}

/** One of each action, protocol and family at least; the two about demo flows show what the guard does at once. */
export const MOCK_RULES: MockRule[] = [
  {
    name: 'Keep voice free of limits',
    description: 'Calls go first: matches before the limits below.',
    priority: 100,
    action: 'allow',
    protocol: 'udp',
    src_port_min: DEMO_SOURCE_PORTS.voice,
    src_port_max: DEMO_SOURCE_PORTS.voice,
  },
  {
    name: 'Cap video at 20 packets a second',
    description: 'The demo sender sends 40: half of its packets are dropped.',
    priority: 200,
    action: 'rate_limit',
    protocol: 'udp',
    src_port_min: DEMO_SOURCE_PORTS.video,
    src_port_max: DEMO_SOURCE_PORTS.video,
    rate_pps: 20,
    burst: 5,
  },
  {
    name: 'Block the lab network (IPv6)',
    description: 'A documentation prefix: nothing real comes from it.',
    priority: 300,
    action: 'drop',
    protocol: 'any',
    src_cidr: '2001:db8:bad::/48',
  },
  {
    name: 'No Telnet from the guest network',
    description: 'Ports 22 and 23, TCP.',
    priority: 310,
    action: 'drop',
    protocol: 'tcp',
    src_cidr: '198.51.100.0/24',
    dst_port_min: 22,
    dst_port_max: 23,
  },
  {
    name: 'Slow down pings',
    description: 'Switched off: shows what a disabled rule looks like.',
    enabled: false,
    priority: 400,
    action: 'rate_limit',
    protocol: 'icmp',
    rate_pps: 10,
    burst: 10,
  },
];
