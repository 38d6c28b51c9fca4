// The 2,048 words of the room code, 11 bits each. Written for this project: common English words without inflection, of 3 to 8
// letters, none spelled in two ways or likely to hurt. The first four letters name the word, and no two words differ by one
// letter put in, left out or exchanged, so that a word misheard is no other word. Numbers never change: they are part of the
// protocol.

const list = `
  abacus ability ablaze aboard abroad absorb abstract absurd abundant academy accent acclaim account accurate achieve
  acorn acoustic acquire acre acrobat acrylic action actor actual acute adapt addition address adhere adjacent adjust
  admire adobe advance adverb advice aerial affair afford afloat agenda agile agree aground aim airfield airport
  airship airtight alarm album alchemy alcove alert algae algebra align alive alley alliance allow almanac almond
  aloft aloud alpaca alphabet alpine alter altitude amateur amazing amber ambition amethyst amuse anagram anatomy
  ancestor anchor ancient android anemone angle angular animal announce annual answer antenna anthem antique antler
  antonym anvil anxious aperture apology appetite apple appoint appraise apricot apron aquatic arcade arch arctic
  arena argue arise armchair aroma arrange arrive arrow artist ascend ashore asleep aspect asphalt aspire assemble
  assist astonish athlete atlas atom attach attend attic attract auburn audience aunt author autumn avenue average
  aviator avid avocado award awesome awning axiom axis axle azalea azure baby backpack bacon badge bagel bagpipe
  bakery balance balcony ballad balmy bamboo banana bandage banjo banner banquet barber barefoot bargain baritone
  barley barn baroque barrel basement bashful basil basket bassoon bath battery bazaar beagle beam bedroom beehive
  beeswax beet befriend begin behave beige believe bellhop belong bench benefit berry beside better beverage bewilder
  bicycle bike billow binary biology biplane birch birthday biscuit bison blanket blend blimp blink blister blizzard
  block bloom blossom blouse bluff blur blush bobcat body bold bolster bonanza bonfire bonnet bonus boost booth border
  borrow botany bottle boulder bounce bouquet boutique bowl bracelet braid brake bramble branch brass brawny bread
  breeze brick bridge brief bright broccoli broker bronze brook brother brown bubble bucket buddy budget buffalo bugle
  build bulb bulge bulky bulldog bumper bundle bungalow bunny buoyant bureau burger burlap burst bus bushel business
  butler buzz cabbage cabin cable caboose cactus cadet cafe calcium calendar calf calico camel campus canal candle
  canoe canteen canvas canyon capable capital capsule captain caravan carbon cardinal career cargo caribou carnival
  carousel carpet carry cartoon carve cascade cashew cassette castle casual catapult catch catfish catnip catwalk
  caviar cedar celery cellar cement ceramic cereal certain chain chalk champion change chapter charm chase check
  cheddar cheese chemist cherry chess chew chicken chief child chimney chipmunk chisel chive choice chorus chowder
  chrome chuckle chutney cinder cinema cinnamon cipher circle citizen citrus city civic clam clarinet classic clean
  clerk clever client cliff climb clinic clip cloak close cloth club clump cluster clutch coach coal coast cobalt
  cobbler cobra cobweb cocoa code coffee coherent cola collect colony column comb comedy comfort comic common compass
  concert condor confirm conifer connect console continue convoy cook copper copy cord corner corridor cortex costume
  cottage cougar council couple courage cousin cowboy coyote cradle craft crane crater crawl crayon cream creek crest
  crevice cricket crimson crinkle crisp crocus crop croquet cross crowd cruise crunch cryptic crystal cube cubicle
  cuckoo cucumber cuddle cuisine culinary culture cupboard cupcake curator curious currency cushion custom cutlery
  cycle cylinder cymbal cypress dabble daffodil daily dance dapper daring darkroom dash data daughter dawn daybreak
  daylight dazzle decade deck declare decorate dedicate deep define defrost degree delay delegate delta deluxe denim
  dentist depart depth derive describe desert design detail detect detour develop device devote diagram dial diamond
  diary diesel diet differ digest digital dignity dime dimple dinner dinosaur diploma direct disco disk display
  distant ditch dizzy docile doctor document dogwood dollar dolphin domain domino donate donkey donor dormant dotted
  double dough dove downtown dozen dragon drama drapery draw dress dribble drift drill drink drizzle drone drowsy drum
  dubious duchess dugout duke dumpling duplex durable dust dwell dynamic eager early earmuff earphone earring earth
  easy ebony echo eclipse ecology economy eddy edge edible edit educate effect effort egg eggplant eggshell elapse
  elastic elbow elder election elegant element elephant elevator elk eloquent elusive embassy emblem embrace emerald
  emotion emphasis empire employ empty enable enamel enchant enclose encore endless endorse energy engaged engine
  engrave enhance enigma enjoy enlarge enrich enter entire entry envelope enzyme epic episode equal equip era erase
  escape escort espresso essay essence esteem estimate etching eternal eureka evade evening evidence evoke example
  excavate excel exchange excite exclaim excuse exercise exhibit exist exotic expand explore export express extend
  extra exult eyebrow eyelash eyesight fabric face factory faint falcon falsetto family famous fancy fanfare fantasy
  farewell farmer fashion fast father faucet feedback feel feline fence fender fern ferret festival fetch fiction
  fiddle fidget field fiesta fifteen figment figure filament file filter final finch find finesse finger finish firm
  first fish fitness fixture flag flame flannel flapjack flash flaunt fleece flexible flick flight flipper flood
  florist flotilla flower fluent fluffy flurry flute focus foghorn folk follow fondness font football force forest
  formal forum forward fossil foster found fourteen fox foyer fraction fragrant freckle free freight frequent fresh
  friend frigid frog frolic frost frozen frugal fruit full function fungus funnel furnish furrow fusion future fuzzy
  gadget gain galaxy gallery game gander gap garage garden garlic garnet gauge gazelle gear gecko gem general genius
  gentle genuine geometry geranium gesture getaway geyser giant gift giggle gimmick giraffe give glacier glamour
  glance glass gleam glimpse glitter globe glory glossy glow glucose glue gnome goat goblet goggles gondola goose
  gopher gourmet govern gradual graffiti grammar granite grape gravel great green grid grizzly grocery groove grumble
  guard guava guess guide guitar gulf guppy gymnast gyrate habit haddock hair halo hamlet hammer hamster hand happy
  harmony harness harp harvest hat haven hawk haystack hazel head healthy heart heavy height helium helmet help herald
  herb heritage hexagon hiccup hickory hidden hill hinge hint hippo history hobby hockey holiday home honest hoof
  horizon horn horse hospital hotel hourly hover huge human humble humid hundred hurry hydrant hygiene ice iceberg
  icicle icon idea identity igloo ignite illusion imagine impact import impress include increase index indigo indoor
  industry inform inhale ink inkwell inlet input insect inside inspire install interest invent invite involve iris
  irrigate island isolate issue item iterate ivory ivy jacket jade jaguar jam janitor jasmine javelin jazz jeans
  jersey jester jet jewel jigsaw jingle jog join joke jolly journal joystick jubilee juggle juice jukebox jumbo jump
  junior justice kangaroo karaoke kayak keepsake kennel ketchup kettle keyboard keyhole keynote keypad kick kilogram
  kimono kindle kinetic king kiosk kit kitchen kitten kiwi knapsack knee knitting knock knuckle koala label lacrosse
  ladder ladle lagoon lake lamb language lantern laptop large lark laser lasso latitude laugh launch laurel lava
  lavender law lazy leader leaf league learn leather lecture leek legal legend leisure lemon lemur length lens lentil
  leopard lesson level lexicon liberty library lid life lilac lily limit lion lipstick liquid list little lizard llama
  lobster local lodge lofty logic logo lookout loop lotion lottery lounge lucid lucky luggage lukewarm lullaby lumber
  luminous lunar luxury lyrics macaroni machine mackerel magazine magenta magic magnet magpie mahogany mail maize
  majestic major mallet mammal manage mandolin mango mansion mantle manual maple marathon marble margin marine market
  marquee married marsh marvel marzipan mascot mask material matrix mattress mature maverick maximum meadow mean
  measure mechanic media megabyte mellow melody member memento memory mentor menu merchant merge merit mermaid mesh
  message metal meteor method metro midday midnight midst midweek migrate milk mineral minimum minnow minute miracle
  mirror mix mobile model modify module mole moment monarch monitor monsoon month monument moon morning mosaic moss
  mother motor mouse movie mud muffin mulberry multiply munch mural murmur museum mushroom music muslin mustard mutual
  muzzle mystery naive namesake napkin nation nautical navigate navy neat nebula necklace nectar needle nephew network
  never new newborn nibble niche nickel niece nine ninth noble noise nomad noodle north notch notice nourish novel
  nucleus nudge nugget nurse nutmeg nutrient nutshell nylon nymph oak oasis oatmeal object oblong oboe observe obtain
  occasion occupy ocean octagon octopus offer office oil ointment omega once onion online onward opal opaque open
  opera opinion optical orange orbit orchard ordinary oregano organic origin ornament ostrich otter outback outcome
  outdoor outfit outgrow outline output outside outward oxygen oyster ozone pacific paddle padlock page pagoda palace
  palette palm pamphlet pancake panda panel panorama panther papaya paper paprika parade parcel parrot parsley partner
  passport pasta patient patrol pattern pavement pavilion payload payment payroll peace peanut pebble pecan peculiar
  pedal pelican pencil pendant penguin pentagon peony people pepper perch perfect person pesto petition phantom
  pharmacy phoenix phone photo phrase physics piano pickle picnic picture pigeon pinball pioneer pipe pivot pixel
  pizza planet plaster plate playful plaza pleasant pledge plenty plot plum plunge plural plywood pocket podcast
  podium poem point polar polite polka pollen polygon pond pool popcorn popular porridge portrait positive post potato
  pouch poultry powder practice prairie precise prefer prelude premium prepare present pretzel primary priority prism
  produce profile program project promise pronto property proud provide public pudding pulley pulp pulse puma pumpkin
  pupil puppet pure purify purple pyramid python quadrant quail quality quantum quarter queen query quest queue quick
  quiet quill quiver quiz quote rabbit raccoon radar radio ragtime raisin rally rapid rascal rattle ravine reach ready
  realm reason rebuild recall receive recipe record recycle red reduce redwood reef refill reflect refresh regular
  rehearse reindeer relax release relief rely remain remedy remind remote renew repeat replace reptile republic
  request rescue resemble resolve respect retire return reunion reveal review reward rhino rhubarb rhyme rhythm ribbon
  rich rinse ripple rival river road robin robot robust rock rodeo roll romance room rosemary rotate row rowboat royal
  rubber ruby rudder ruffle run runner runway rustic rye safari saffron saga salad salmon salsa salute sample sapling
  sapphire sardine satchel satin sauce sauna sausage sawdust sawmill scale scarf scatter scene schedule scholar
  science scissors scooter scout screen script scroll scuba sculptor seafood seagull seal search seaweed second
  section secure sedan sediment seed seesaw segment select self semester seminar senate senior sense sentence separate
  sequel serene series serve sesame session seven shade shampoo shawl sheep shepherd sheriff shield shift shine ship
  shoe shopper shoulder shovel shrimp shrub shuffle shuttle sibling sidewalk sierra silent silicon silver similar
  siren sister sitcom situate sixteen sizzle skate sketch skill skin skirt sky skyline slalom sleigh slide sling
  slogan slope sluice smart smile smoke smooth smudge snack snail sneaker snippet snooze snorkel snow snug soap soccer
  social soda soft soldier solid solution solve sonar song soprano sorbet soul source south souvenir spare spatula
  spear special speech sphere spice spider spigot spinach spiral splash splendid split sponge spoon sport spray spread
  spring sprout spruce square squeak squirrel stable stadium stage stairs stallion stamp star station steam steel
  stellar stencil step stereo steward stick stitch store straw street strong stubborn student stunt sturdy style
  subject sublime subtle suburb subway success suede sugar suggest suit summer sunbeam super supply surface surprise
  survey sushi sustain swallow swan sweater sweet swim swirl swivel sycamore syllable symbol symmetry synonym syrup
  system tablet taco tactic tadpole tailor talent tangible tank tape target tarmac tasty tavern taxi teacher teapot
  teenager telegram temple tennis tenor tent terminal terrace textile thankful theme theory therapy thesis thick
  thimble thirteen thistle thread thrive throne thumb thunder tiara ticket tidal tide tiger timber timid tinker tinsel
  tiptoe titanium title toboggan toddler toe together token tollgate tomato tomorrow tongue topaz topic topple torch
  tornado torque tortoise totem toucan tour towel town trace traffic train transit tray treasure trek trellis tremble
  trend tribe tricycle trifle trigger trilogy trinket trio triumph trivia trolley trombone trophy trousers truck
  trumpet trust truth tub tugboat tulip tuna tundra tunic turbine turkey turnip turret turtle tutor tuxedo tweed
  twelve twenty twice twig twilight twist typhoon typist ukulele ultimate umbrella uncle uncover underdog undo unearth
  uneven unfold unicycle uniform unique unit universe unlock unpack unravel unroll unseen unveil unwind unzip upbeat
  update upgrade uphill upkeep uplift upload upper upright uproar upstairs uptake uptown upward urban urchin urge
  usable useful usher utensil utility utmost utopia vacation vacuum valiant value van vanilla variety varnish vase
  vault vector veer vegan vehicle veil velvet vendor venture verse vertical vessel veteran vibrant victory video view
  vigilant villa vintage vinyl violet virtual visa visible visual vital vivid voice volcano volley voltage volume
  voucher voyage waffle wagon waiter walkway walnut walrus waltz wardrobe warmth wave wayside wealth weasel web
  wedding welcome west whale wharf wheat wheel whirl whisper whittle width win window winter wire wisdom wistful
  wobble wolf wombat wood work world woven wrap wreath wren wrestle wrist yacht yard yeast yoga yonder young zebra
  zenith zeppelin zero zigzag zillion zinc zipper zodiac zoo zucchini
`;

export const words: readonly string[] = list.trim().split(/\s+/);
