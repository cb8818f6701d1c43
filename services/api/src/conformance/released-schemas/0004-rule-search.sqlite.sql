create table `rule_search_terms` (`term` varchar(60) not null, `rule_id` varchar(36) not null, constraint `rule_search_terms_rule` foreign key(`rule_id`) references `rules`(`id`) on delete CASCADE, primary key (`term`, `rule_id`));
create index `rule_search_terms_by_rule` on `rule_search_terms` (`rule_id`, `term`);
