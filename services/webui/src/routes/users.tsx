export { UserList as Component } from '../features/users/user-list.tsx';
