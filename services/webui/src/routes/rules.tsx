export { RuleList as Component } from '../features/rules/rule-list.tsx';
