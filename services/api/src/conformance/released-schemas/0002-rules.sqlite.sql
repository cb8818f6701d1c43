create table `rules` (`id` varchar(36), `name` varchar(100) not null, `description` varchar(1000) not null, `name_key` varchar(200) not null, `search_text` varchar(2300) not null, `enabled` boolean not null, `priority` integer not null, `action` varchar(20) not null, `protocol` varchar(10) not null, `src_cidr` varchar(43), `dst_cidr` varchar(43), `src_port_min` integer, `src_port_max` integer, `dst_port_min` integer, `dst_port_max` integer, `rate_pps` integer, `burst` integer, `version` integer not null, `created_at` bigint not null, `updated_at` bigint not null, primary key (`id`));
create index `rules_priority` on `rules` (`priority`, `id`);
create index `rules_name` on `rules` (`name_key`, `id`);
create index `rules_created` on `rules` (`created_at`, `id`);
create index `rules_updated` on `rules` (`updated_at`, `id`);
create table `ruleset_state` (`id` integer, `source_id` varchar(36) not null, `revision` bigint not null, `rule_count` integer not null, primary key (`id`));
