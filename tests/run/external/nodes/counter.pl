# A grow-only counter: each node gossips the counts of all nodes, and keeps the largest it has seen of each.
# perl counter.pl [sum]: with "sum" it adds up what it hears, instead of taking the largest.
use strict; use warnings;
use JSON::PP; use IO::Select; use Time::HiRes qw(time);
my $slip = shift // ""; my ($me, @nodes, %counts) = ("");
my ($rest, $due, $select) = ("", time, IO::Select->new(\*STDIN));
my $json = JSON::PP->new->canonical;
$| = 1;
sub send_to { my ($to, $body) = @_; print $json->encode({src => $me, dest => $to, body => $body}), "\n"; }
sub reply { my ($m, $body) = @_; send_to($m->{src}, {%$body, in_reply_to => $m->{body}{msg_id}}); }
sub take {
  my ($m) = @_; my $b = $m->{body}; my $type = $b->{type};
  if ($type eq "init") { $me = $b->{node_id}; @nodes = @{$b->{node_ids}}; reply($m, {type => "init_ok"}); }
  elsif ($type eq "add") { $counts{$me} += $b->{delta}; reply($m, {type => "add_ok"}); }
  elsif ($type eq "read") { my $sum = 0; $sum += $_ for values %counts; reply($m, {type => "read_ok", value => $sum + 0}); }
  elsif ($type eq "gossip") {
    for my $name (keys %{$b->{counts}}) {
      my $heard = $b->{counts}{$name}; my $known = $counts{$name} // 0;
      if ($slip eq "sum") { $counts{$name} = $known + $heard if $name ne $me && $known < 1000; }
      elsif ($heard > $known) { $counts{$name} = $heard; }
    }
  }
}
while (1) {
  if ($select->can_read($due > time ? $due - time : 0)) {
    sysread(STDIN, $rest, 65536, length $rest) or exit 0;
    while ($rest =~ s/^([^\n]*)\n//) { take($json->decode($1)); }
  }
  if (time >= $due) {
    $due = time + 0.02;
    for my $name (grep { $_ ne $me } @nodes) { send_to($name, {type => "gossip", counts => \%counts}); }
  }
}
