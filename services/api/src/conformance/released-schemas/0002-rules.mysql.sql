create table `rules` (`id` varchar(36) collate 'utf8mb4_bin', `name` varchar(100) not null, `description` varchar(1000) not null, `name_key` varchar(200) not null collate 'utf8mb4_bin', `search_text` varchar(2300) not null collate 'utf8mb4_bin', `enabled` boolean not null, `priority` int not null, `action` varchar(20) not null collate 'utf8mb4_bin', `protocol` varchar(10) not null collate 'utf8mb4_bin', `src_cidr` varchar(43), `dst_cidr` varchar(43), `src_port_min` int, `src_port_max` int, `dst_port_min` int, `dst_port_max` int, `rate_pps` int, `burst` int, `version` int not null, `created_at` bigint not null, `updated_at` bigint not null, primary key (`id`)) default character set utf8mb4;
alter table `rules` add index `rules_priority`(`priority`, `id`);
alter table `rules` add index `rules_name`(`name_key`, `id`);
alter table `rules` add index `rules_created`(`created_at`, `id`);
alter table `rules` add index `rules_updated`(`updated_at`, `id`);
create table `ruleset_state` (`id` int, `source_id` varchar(36) not null collate 'utf8mb4_bin', `revision` bigint not null, `rule_count` int not null, primary key (`id`)) default character set utf8mb4;
