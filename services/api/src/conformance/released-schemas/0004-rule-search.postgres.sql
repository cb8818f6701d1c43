create table "rule_search_terms" ("term" varchar(60) collate "C" not null, "rule_id" varchar(36) collate "C" not null, constraint "rule_search_terms_pkey" primary key ("term", "rule_id"));
alter table "rule_search_terms" add constraint "rule_search_terms_rule" foreign key ("rule_id") references "rules" ("id") on delete CASCADE;
create index "rule_search_terms_by_rule" on "rule_search_terms" ("rule_id", "term");
