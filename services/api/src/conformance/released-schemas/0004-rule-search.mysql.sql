create table `rule_search_terms` (`term` varchar(60) not null collate 'utf8mb4_bin', `rule_id` varchar(36) not null collate 'utf8mb4_bin', primary key (`term`, `rule_id`)) default character set utf8mb4;
alter table `rule_search_terms` add constraint `rule_search_terms_rule` foreign key (`rule_id`) references `rules` (`id`) on delete CASCADE;
alter table `rule_search_terms` add index `rule_search_terms_by_rule`(`rule_id`, `term`);
