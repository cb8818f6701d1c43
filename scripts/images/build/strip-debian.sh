#!/bin/sh
# Run as root in the last Debian of an image: takes away what installs packages, and every way to become somebody else.
# What stays is written down (/var/lib/dpkg/status), for those who look for known vulnerabilities.
set -eu

# apt with the libraries that nothing else uses; what scripts of packages are written in; what makes file systems.
patterns='apt debian-archive-keyring gpgv sqv debconf adduser mount perl perl-base perl-modules-* libperl5* lib*-perl usrmerge
  libapt-pkg* libgnutls30* libhogweed* libnettle* libp11-kit* libtasn1-* libidn2-* libunistring* libffi* libxxhash*
  libseccomp2 e2fsprogs logsave libext2fs2* libss2'
remove=
for pattern in $patterns; do
  for list in /var/lib/dpkg/info/$pattern.list /var/lib/dpkg/info/$pattern:*.list; do
    if [ -e "$list" ]; then name=${list##*/} remove="$remove ${name%.list}"; fi
  done
done
# shellcheck disable=SC2086
dpkg --purge --force-depends --force-remove-essential --force-remove-protected $remove

# dpkg cannot remove itself.
rm -f /usr/bin/dpkg* /usr/sbin/dpkg* /usr/sbin/start-stop-daemon /usr/bin/update-alternatives
rm -rf /etc/apt /etc/dpkg /usr/lib/dpkg /usr/share/dpkg /usr/lib/apt
awk 'BEGIN { RS = ""; ORS = "\n\n" } !/^Package: dpkg\n/' /var/lib/dpkg/status >/var/lib/dpkg/status.new
mv /var/lib/dpkg/status.new /var/lib/dpkg/status
rm -rf /var/lib/dpkg/*-old /var/lib/dpkg/lock* /var/lib/dpkg/triggers /var/lib/dpkg/updates /var/lib/dpkg/info/dpkg.*

find / -xdev -perm /6000 ! -type d -exec chmod a-s {} +
find /etc -xdev -name '*-' -type f -delete
for folder in /var/log /var/cache /var/lib/apt /var/backups /tmp /var/tmp /root; do
  if [ -d "$folder" ]; then find "$folder" -xdev -mindepth 1 -delete; fi
done
rm -f "$0"
