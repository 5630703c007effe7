package jingwei.cluster.node;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import jingwei.cluster.copy.FolderReader;
import jingwei.cluster.copy.HeldSession;

/**
 * A session that a new leader must copy before it leads.
 *
 * @param newest of all that the others hold
 * @param sources addresses of the nodes that hold it
 */
record CopyPlan(HeldSession newest, List<String> sources) {
  CopyPlan {
    sources = List.copyOf(sources);
  }

  /**
   * The sessions of which others have something newer.
   *
   * @param own sessions of the leader
   * @param others what the other nodes hold
   */
  static List<CopyPlan> of(List<HeldSession> own, Collection<FolderReader.Holding> others) {
    Map<String, HeldSession> here =
        own.stream().collect(Collectors.toMap(HeldSession::session, Function.identity()));
    Map<String, CopyPlan> plans = new TreeMap<>();
    for (FolderReader.Holding other : others) {
      if (other.isSameFolder()) {
        continue;
      }
      for (HeldSession held : other.sessions()) {
        HeldSession mine = here.get(held.session());
        if (mine == null || held.isNewerThan(mine)) {
          plans.merge(held.session(), new CopyPlan(held, List.of(other.node())), CopyPlan::newest);
        }
      }
    }
    return List.copyOf(plans.values());
  }

  private static CopyPlan newest(CopyPlan one, CopyPlan another) {
    if (one.newest.equals(another.newest)) {
      List<String> both = new ArrayList<>(one.sources);
      both.addAll(another.sources);
      return new CopyPlan(one.newest, both);
    }
    return another.newest.isNewerThan(one.newest) ? another : one;
  }
}
