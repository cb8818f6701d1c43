/** The REST shapes as a client sees them, written from the contract and not from the server's source. */
export type Role = 'admin' | 'maintainer' | 'viewer';

export interface User {
  id: string;
  email: string;
  full_name: string;
  role: Role;
  is_active: boolean;
  must_change_password: boolean;
  created_at: string;
  updated_at: string;
  last_login_at: string | null;
}

export interface Login {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
  expires_at: string;
  user: User;
}

export interface Me {
  user: User;
  permissions: string[];
  session_id: string;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  pagination?: { page: number; per_page: number; total: number; pages: number };
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  code: string;
  errors?: { path: string; message: string }[];
  request_id: string;
}

export interface RuleInput {
  name: string;
  description?: string;
  enabled?: boolean;
  priority?: number;
  action: 'allow' | 'drop' | 'rate_limit';
  protocol?: 'any' | 'tcp' | 'udp' | 'icmp';
  src_cidr?: string | null;
  dst_cidr?: string | null;
  src_port_min?: number | null;
  src_port_max?: number | null;
  dst_port_min?: number | null;
  dst_port_max?: number | null;
  rate_pps?: number | null;
  burst?: number | null;
}

export interface Rule extends Required<RuleInput> {
  id: string;
  created_at: string;
  updated_at: string;
}

export interface RuleSetVersion {
  source_id: string;
  revision: number;
}

export interface Instance {
  address: string;
  reachable: boolean;
  error?: string | null;
  instance_id: string;
  mode: string;
  mode_reason: string;
  rule_count: number;
  applied: RuleSetVersion | null;
  in_sync: boolean;
}

export interface FastpathStatus {
  enabled: boolean;
  desired: RuleSetVersion;
  instances: Instance[];
}

export interface Stats {
  time: string;
  rx_packets: number;
  rx_bytes: number;
  tx_packets: number;
  tx_bytes: number;
  consumed_packets: number;
  passed_packets: number;
  drops: Record<string, number>;
  flows_active: number;
  flows_evicted: number;
}

export interface RuleCounters {
  items: { rule_id: string; packets: number; bytes: number; dropped_packets: number }[];
  unmatched: { packets: number; bytes: number };
}

export interface AuditEntry {
  id: string;
  action: string;
  actor_id: string | null;
  resource_type: string;
  resource_id: string | null;
  created_at: string;
}
