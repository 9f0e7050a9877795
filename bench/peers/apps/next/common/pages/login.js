export default function Login() {
  return 'login';
}
