package jingwei.cluster.session;

/** Another node may lead the run by now, so this one writes nothing to its folder any more. */
public final class LeadLostException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public LeadLostException(String reason) {
    super(reason);
  }
}
